/**
 * Topics: makes sure that the topics a client or server needs exist and are fit, and knows how many partitions they have.
 * Owns: the decision to create or to demand, the messages that name the cure.
 * Must not know: tRPC, what is written to a topic.
 */
import type { KafkaDriver } from '../driver/kafka-driver.js';
import type { TopicDescription, TopicSpec } from '../driver/topic-spec.js';
import { KafkaTransportError } from '../errors/transport-error.js';
import { type TopicSettings, toTopicSpec } from '../service/topic-settings.js';

/** What to do about a topic that is missing: create it, or fail with an error that names it and the command that makes it. */
export type TopicsMode = 'create' | 'require';

/**
 * Makes sure that topics exist and can be used.
 * @throws KafkaTransportError `TOPIC_MISSING` (only with `require`), `TOPIC_UNFIT`, or what the driver throws.
 */
export async function ensureTopics(
  driver: KafkaDriver,
  settings: readonly TopicSettings[],
  mode: TopicsMode,
): Promise<ReadonlyMap<string, TopicDescription>> {
  const specs = settings.map(toTopicSpec);
  const names = specs.map((spec) => spec.topic);
  let found = await driver.describeTopics(names);
  const missing = specs.filter((spec) => !found.has(spec.topic));
  if (missing.length > 0) {
    if (mode === 'require') throw missingTopics(missing);
    await driver.createTopics(missing);
    found = new Map([...found, ...(await describeCreated(driver, missing))]);
  }
  for (const spec of specs) assertFit(spec, found.get(spec.topic));
  return found;
}

/**
 * Describes topics that have just been created, by us or by somebody beside us. Brokers hear of them one after another,
 * and none tells when it has: the next one to be asked may not know yet what the last one has confirmed.
 */
async function describeCreated(
  driver: KafkaDriver,
  specs: readonly TopicSpec[],
): Promise<ReadonlyMap<string, TopicDescription>> {
  const names = specs.map((spec) => spec.topic);
  for (let left = lookAgainTimes; ; left--) {
    const found = await driver.describeTopics(names);
    if (names.every((name) => found.has(name))) return found;
    if (left === 0) throw notShownYet(names.filter((name) => !found.has(name)));
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
  }
}

/** True when brokers write the time a record was appended, so that the writer's clock does not matter. */
export function keepsAppendTime(description: TopicDescription | undefined): boolean {
  return description?.config['message.timestamp.type'] === 'LogAppendTime';
}

/** Together 5 s: brokers of one cluster hear of a topic within moments, unless they are in trouble. */
const lookAgainTimes = 50;
const lookAgainMs = 100;

function notShownYet(names: readonly string[]): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOPIC_MISSING',
    retryable: true,
    message: `topic${names.length > 1 ? 's' : ''} ${names.join(', ')} was created, and not every broker knows of it after ${(lookAgainTimes * lookAgainMs) / 1000} s; it is looked for again`,
  });
}

function assertFit(spec: TopicSpec, description: TopicDescription | undefined): void {
  if (description === undefined) throw missingTopics([spec]);
  const policy = description.config['cleanup.policy'];
  if (policy === undefined || policy === 'delete') return;
  // Those that are asked for like that are meant to be.
  if (spec.config['cleanup.policy']?.includes('compact')) return;
  throw new KafkaTransportError({
    code: 'TOPIC_UNFIT',
    message:
      `topic ${spec.topic} has cleanup.policy=${policy}: compaction would remove calls that were not yet read. ` +
      `Change it with: kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${spec.topic} --add-config cleanup.policy=delete`,
  });
}

function missingTopics(specs: readonly TopicSpec[]): KafkaTransportError {
  const names = specs.map((spec) => spec.topic).join(', ');
  const commands = specs.map(createCommand).join('\n');
  return new KafkaTransportError({
    code: 'TOPIC_MISSING',
    message: `missing topic${specs.length > 1 ? 's' : ''} ${names}, and topics: 'require' forbids to create them. Create with:\n${commands}`,
  });
}

function createCommand(spec: TopicSpec): string {
  const config = Object.entries(spec.config).map(([name, value]) => ` --config ${name}=${value}`);
  const replication =
    spec.replicationFactor === undefined ? '' : ` --replication-factor ${spec.replicationFactor}`;
  return `kafka-topics.sh --bootstrap-server <broker> --create --topic ${spec.topic} --partitions ${spec.partitions}${replication}${config.join('')}`;
}
