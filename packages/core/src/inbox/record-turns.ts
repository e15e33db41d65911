/**
 * Delivers what one fetch brought in several turns of the event loop.
 * Owns: how much is delivered in a turn. Must not know: what records hold, who reads them.
 *
 * A fetch may bring the answers to hundreds of calls, and each that is delivered makes its caller go on, often with
 * another call. Delivered at once, they all go on in the same turn, and what they write leaves in one piece when the last
 * of them is done: client and server then work by turns, each waiting for the other, instead of side by side.
 */
import { outsideOfCalls } from '../call-context/call-context.js';
import type { IncomingRecord } from '../driver/record.js';

/** Delivers records in turns. */
export interface RecordTurns {
  /** Takes records in their order. The first are delivered at once, unless others wait. */
  take(records: readonly IncomingRecord[]): void;
  /** True when all that was taken has been delivered. */
  isDone(): boolean;
  /** Drops what waits. */
  close(): void;
}

/** How records are delivered. */
export interface RecordTurnsOptions {
  /** Must not throw. */
  readonly deliver: (record: IncomingRecord) => void;
  /** When the records of a turn have so many bytes, the rest waits for the next turn: some hundred answers. @default 16384 */
  readonly turnBytes?: number;
  /** More than so many bytes never wait: then everything is delivered at once. @default 4 MiB */
  readonly maxWaitingBytes?: number;
}

/** Makes it; nothing waits. */
export function createRecordTurns(options: RecordTurnsOptions): RecordTurns {
  const { deliver, turnBytes = 16_384, maxWaitingBytes = 4 * 1024 * 1024 } = options;
  let waiting: IncomingRecord[] = [];
  let waitingBytes = 0;
  let next: NodeJS.Immediate | undefined;

  function deliverUpTo(bytes: number): void {
    const records = waiting;
    let count = 0;
    for (let spent = 0; count < records.length && spent < bytes; count++) {
      const record = records[count]!;
      spent += bytesOf(record);
      waitingBytes -= bytesOf(record);
      deliver(record);
    }
    // Whoever is told of the last one may have closed it.
    if (waiting === records) waiting = records.slice(count);
  }

  function turn(): void {
    next = undefined;
    deliverUpTo(waitingBytes > maxWaitingBytes ? Number.POSITIVE_INFINITY : turnBytes);
    if (waiting.length > 0) next = outsideOfCalls(() => setImmediate(turn));
  }

  return {
    take(records) {
      for (const record of records) {
        waiting.push(record);
        waitingBytes += bytesOf(record);
      }
      if (next === undefined || waitingBytes > maxWaitingBytes) {
        clearImmediate(next);
        turn();
      }
    },
    isDone: () => waiting.length === 0,
    close() {
      clearImmediate(next);
      next = undefined;
      waiting = [];
      waitingBytes = 0;
    },
  };
}

/** With what an empty record costs, too. */
function bytesOf({ value }: IncomingRecord): number {
  return 64 + (value?.length ?? 0);
}
