/** What is written to a topic of one partition from now on, as it is. */

import type { IncomingHeaders, IncomingRecord } from '@trpc-kafka/core';
import { acquireTransport } from '@trpc-kafka/core/internal';
import { Kafka, logLevel } from 'kafkajs';
import { type Collector, createCollector } from './collector.ts';

export interface TopicTail {
  readonly records: Collector<IncomingRecord>;
  readonly close: () => Promise<void>;
}

/** Resolves when whatever is written from then on will be seen; with `fromStart` also what stands there. */
export async function tailTopic(
  brokers: readonly string[],
  topic: string,
  { fromStart = false } = {},
): Promise<TopicTail> {
  const transport = acquireTransport(new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }));
  const records = createCollector<IncomingRecord>();
  const consumer = transport.driver.openInbox({
    topic,
    partition: 0,
    from: fromStart ? { at: 'time', timestampMs: 0 } : { at: 'end' },
    resumeFromTimeMs: () => 0,
    // Their buffers are views into a response, and must not be kept.
    onRecords: (fetched) =>
      records.add(
        ...fetched.records.map((record) => ({
          ...record,
          value: record.value && Buffer.from(record.value),
          headers: Object.fromEntries(
            Object.entries(record.headers).map(([name, value]) => [name, copyOf(value)]),
          ),
        })),
      ),
  });
  await consumer.ready;
  return {
    records,
    async close() {
      await consumer.close();
      await transport.release();
    },
  };
}

function copyOf(value: IncomingHeaders[string]): IncomingHeaders[string] {
  if (Array.isArray(value)) return value.map((one: Buffer | string) => Buffer.from(one));
  return value === undefined ? undefined : Buffer.from(value as Buffer);
}
