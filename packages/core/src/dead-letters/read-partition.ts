/** Reads a partition from an offset to another, as one reads a file: in pieces, each when the one before was looked at. */
import type { KafkaDriver } from '../driver/kafka-driver.js';
import type { IncomingRecord } from '../driver/record.js';
import { isKafkaTransportError } from '../errors/transport-error.js';

/** What is read. */
export interface PartitionRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** The offset after the last. */
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads records in order, a fetch at a time; buffers are views that last until the next piece is asked for.
 * Waits while brokers are away. @throws the signal's reason; KafkaTransportError where that cannot pass.
 */
export async function* readPartition(
  driver: Pick<KafkaDriver, 'openInbox' | 'on'>,
  range: PartitionRange,
): AsyncGenerator<readonly IncomingRecord[]> {
  let next = range.from;
  while (next < range.to) {
    const piece = await readPiece(driver, { ...range, from: next });
    next = piece.next;
    if (piece.records.length > 0) yield piece.records;
  }
}

interface Piece {
  readonly records: readonly IncomingRecord[];
  /** Where to go on. */
  readonly next: number;
}

async function readPiece(
  driver: Pick<KafkaDriver, 'openInbox' | 'on'>,
  range: PartitionRange,
): Promise<Piece> {
  const { topic, partition, from, to, signal } = range;
  signal?.throwIfAborted();
  const { promise, resolve, reject } = withResolvers<Piece>();
  const inbox = driver.openInbox({
    topic,
    partition,
    from: { at: 'offset', offset: from },
    resumeFromTimeMs: () => 0,
    onRecords: ({ records }) =>
      resolve({
        records: records.filter(({ offset }) => offset < to),
        next: Math.max(from, records.at(-1)!.offset + 1),
      }),
  });
  const onAbort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  inbox.ready.catch(reject);
  // An inbox waits for rights, too, which are not given while somebody waits for an answer.
  const stopListening = driver.on((event) => {
    if (event.type !== 'inbox-interrupted' || event.topic !== topic || event.partition !== partition) return;
    if (isKafkaTransportError(event.error) && !event.error.retryable) reject(event.error);
  });
  // The last records may have been control records, which nobody is told of.
  const look = setInterval(() => {
    if (inbox.isCaughtUp()) resolve({ records: [], next: to });
  }, 100);
  try {
    return await promise;
  } finally {
    clearInterval(look);
    stopListening();
    signal?.removeEventListener('abort', onAbort);
    await inbox.close();
  }
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
