/**
 * Topics of inboxes that count. Owns: who reads which partition, how many records are written and read.
 * Must not know: what is in a record. What is written is read at once.
 */
import type { IncomingRecord, OutgoingRecord } from '@trpc-kafka/core';
import { createRecordBatcher, type InboxOptions, type RecordBatcher } from '@trpc-kafka/core/internal';

type OpenInbox = InboxOptions['driver']['openInbox'];
type InboxRequest = Parameters<OpenInbox>[0];

/** Records of one topic. */
export interface TopicCounts {
  written: number;
  /** Each reader of a partition reads each of its records. */
  read: number;
}

/** The topics. */
export interface SimulatedTopics {
  readonly openInbox: OpenInbox;
  /** Writes as one process does: what belongs to one turn of its event loop is a batch. */
  createBatcher(): RecordBatcher;
  /** Of a topic, until now. */
  counts(topic: string): TopicCounts;
  /** How many read a partition. */
  readers(topic: string, partition: number): number;
}

/** Makes topics; what is written to one without readers is kept for `onRecords`. */
export function createSimulatedTopics(
  onUnread: (records: readonly OutgoingRecord[]) => void = () => {},
): SimulatedTopics {
  const inboxes = new Map<string, InboxRequest[]>();
  const counts = new Map<string, TopicCounts>();
  let offset = 0;

  const placeOf = ({ topic, partition }: { topic: string; partition: number }): string =>
    `${topic}[${partition}]`;

  function countsOf(topic: string): TopicCounts {
    let own = counts.get(topic);
    if (own === undefined) {
      own = { written: 0, read: 0 };
      counts.set(topic, own);
    }
    return own;
  }

  function deliver(record: OutgoingRecord): boolean {
    const readers = inboxes.get(placeOf(record)) ?? [];
    const own = countsOf(record.topic);
    own.written++;
    own.read += readers.length;
    // As brokers give them back: bytes.
    const value = typeof record.value === 'string' ? Buffer.from(record.value) : record.value;
    const incoming = { ...record, value, offset: offset++, timestampMs: 0 } as unknown as IncomingRecord;
    const { topic, partition } = record;
    for (const reader of readers) {
      reader.onRecords({ topic, partition, records: [incoming], highWatermark: offset });
    }
    return readers.length > 0;
  }

  return {
    openInbox(request) {
      const place = placeOf(request);
      inboxes.set(place, [...(inboxes.get(place) ?? []), request]);
      return {
        ready: Promise.resolve(0),
        position: () => 0,
        isCaughtUp: () => true,
        close: async () => {},
      };
    },
    createBatcher: () =>
      createRecordBatcher({
        driver: {
          maxBatchesInFlight: 4,
          async produce(records) {
            onUnread(records.filter((record) => !deliver(record)));
            return records.map(({ topic, partition }) => ({
              ok: true,
              position: { topic, partition, offset },
            }));
          },
        },
      }),
    counts: countsOf,
    readers: (topic, partition) => inboxes.get(placeOf({ topic, partition }))?.length ?? 0,
  };
}

/** Lets what was written in this turn be written. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
