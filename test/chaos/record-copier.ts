/** Writes records of a topic a second time, as a producer does that saw no acknowledgement and has no idempotence. */
import { createKafkajsDriver, type OutgoingRecord } from '@trpc-kafka/core';
import { Kafka, logLevel } from 'kafkajs';

/** What must not be copied again. */
const copyMark = 'x-copy';

export interface RecordCopier {
  /** How many were copied. */
  stop(): Promise<number>;
}

/** Copies every record that is written to the topics from now on, each to its own partition. */
export async function startCopying(
  brokers: readonly string[],
  topics: readonly string[],
): Promise<RecordCopier> {
  const driver = createKafkajsDriver(new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }));
  await driver.connect();
  let copied = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function copy(topic: string): Promise<void> {
    const count = (await driver.countPartitions(topic)) ?? 0;
    const inboxes = Array.from({ length: count }, (_, partition) =>
      driver.openInbox({
        topic,
        partition,
        from: { at: 'end' },
        resumeFromTimeMs: () => Date.now(),
        onRecords({ records }) {
          const copies = records
            .filter(({ headers }) => headers[copyMark] === undefined)
            .map((record): OutgoingRecord => {
              const headers = { ...record.headers, [copyMark]: '1' } as OutgoingRecord['headers'];
              return { topic, partition, key: record.key, value: record.value, headers };
            });
          if (copies.length === 0) return;
          copied += copies.length;
          last = last.then(() => driver.produce(copies));
        },
      }),
    );
    await Promise.all(inboxes.map(({ ready }) => ready));
  }

  await Promise.all(topics.map(copy));
  return {
    async stop() {
      await last;
      await driver.close();
      return copied;
    },
  };
}
