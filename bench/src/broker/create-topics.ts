/** Topics of a contestant that does not make its own, and the end of all that a contestant has left behind. */
import { Kafka, logLevel } from 'kafkajs';

/** Creates topics with these numbers of partitions, with the brokers' own settings, and waits for their leaders. */
export async function createTopics(
  brokers: readonly string[],
  topics: Readonly<Record<string, number>>,
): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      waitForLeaders: true,
      topics: Object.entries(topics).map(([topic, numPartitions]) => ({ topic, numPartitions })),
    });
  });
}

/** Removes all topics whose names begin so: thousands of partitions that nobody uses would slow brokers down. */
export async function removeTopics(brokers: readonly string[], prefix: string): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  });
}

async function withAdmin(
  brokers: readonly string[],
  work: (admin: ReturnType<Kafka['admin']>) => Promise<void>,
): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
