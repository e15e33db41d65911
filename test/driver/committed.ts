import type { Kafka } from 'kafkajs';

/** What a group has committed, offset and metadata by partition, as brokers tell it. */
export async function committed(kafka: Kafka, groupId: string, topic: string) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      found!.partitions.map(({ partition, offset, metadata }) => [partition, [Number(offset), metadata]]),
    );
  } finally {
    await admin.disconnect();
  }
}
