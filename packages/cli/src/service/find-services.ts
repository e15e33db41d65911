/** Which services there are: by their topics, since a service without a server answers to nobody. */
import type { Admin, Kafka } from 'kafkajs';
import type { Connection } from '../connection/connection-options.js';

/** Asks brokers for what the driver has no use for. */
export async function withAdmin<T>(kafka: Kafka, run: (admin: Admin) => Promise<T>): Promise<T> {
  // The driver has reached them before: whoever does not answer now need not be waited for long.
  const admin = kafka.admin({ retry: { retries: 2 } });
  await admin.connect();
  try {
    return await run(admin);
  } finally {
    await admin.disconnect();
  }
}

const suffix = '.control';

/** The names of services whose topics begin with the prefix, and of those that the file describes, sorted. */
export async function findServices({
  kafka,
  topicPrefix,
  described,
}: Connection): Promise<readonly string[]> {
  const topics = new Set(await withAdmin(kafka, (admin) => admin.listTopics()));
  const found = [...topics]
    .filter((topic) => topic.startsWith(topicPrefix) && topic.endsWith(suffix))
    .map((topic) => topic.slice(0, -suffix.length))
    .filter((base) => topics.has(`${base}.requests`))
    .map((base) => base.slice(topicPrefix.length));
  return [...new Set([...found, ...described])].filter((name) => name !== '').toSorted();
}
