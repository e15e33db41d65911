/** Looks at what stands in a topic, with kafkajs alone: what the code under test says about it is not asked. */
import type { RecordPosition } from '@trpc-kafka/core';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { uniqueName } from '../support/unique-name.ts';

/** Reads the record at a position. */
export async function readRecordAt(
  kafka: Kafka,
  { topic, partition, offset }: RecordPosition,
): Promise<KafkaMessage> {
  const consumer = kafka.consumer({ groupId: uniqueName('reader') });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    return await new Promise((resolve, reject) => {
      const running = consumer.run({
        eachMessage: async (read) => {
          if (read.partition === partition && read.message.offset === String(offset)) resolve(read.message);
        },
      });
      running.catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
}
