/**
 * Topics: counting, describing, creating, offsets. Each question is asked of the brokers anew; none creates a topic.
 * Owns: the requests and their errors. Must not know: which topics the transport uses, or why.
 */
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { TopicDescription, TopicOffsetsQuery, TopicSpec } from '../topic-spec.js';
import type { RawCreateTopicsRequest } from './broker-requests.js';
import { codeToTransportError } from './client-errors.js';
import type { KafkaCluster } from './kafka-cluster.js';
import { isRetriableKafkaError, kafkaErrorName } from './kafka-error-codes.js';
import { listOffsets, lookUpTopic } from './partition-lookup.js';
import { patiently } from './patience.js';

/** The part of the driver that asks about topics. */
export interface ClusterTopics {
  countPartitions(topic: string): Promise<number | undefined>;
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  listOffsets(query: TopicOffsetsQuery): Promise<ReadonlyMap<number, number>>;
}

const topicResource = 2;

/** Makes the topic part of a driver on a cluster. */
export function createClusterTopics(cluster: KafkaCluster): ClusterTopics {
  const whileDoing = (doing: string) => ({ doing, brokers: cluster.brokersTried });

  async function describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    if (topics.length === 0) return new Map();
    const metadata = await cluster.metadata(topics);
    const found = metadata.topicMetadata.filter((topic) => topic.topicErrorCode === 0);
    const refused = metadata.topicMetadata.find(
      (topic) => topic.topicErrorCode > 0 && topic.topicErrorCode !== 3,
    );
    if (refused !== undefined) throw codeToTransportError(refused.topicErrorCode, `topic ${refused.topic}`);
    const configs = await describeConfigs(found.map((topic) => topic.topic));
    return new Map(
      found.map(({ topic, partitionMetadata }) => [
        topic,
        {
          topic,
          partitions: partitionMetadata.length,
          replicationFactor: partitionMetadata[0]?.replicas.length ?? 0,
          ...settingsOf(configs.get(topic), topic),
        },
      ]),
    );
  }

  /** Settings need the right DESCRIBE_CONFIGS, which not every client has: then there is the code of the refusal. */
  async function describeConfigs(
    topics: readonly string[],
  ): Promise<Map<string, Record<string, string> | number>> {
    const configs = new Map<string, Record<string, string> | number>();
    if (topics.length === 0) return configs;
    const response = await cluster.onAnyBroker((broker) =>
      broker.describeConfigs({ resources: topics.map((name) => ({ type: topicResource, name })) }),
    );
    for (const { resourceName, errorCode, configEntries } of response.resources) {
      // Brokers hear of a new topic one after another: this one does not know yet what another has just shown.
      if (kafkaErrorName(errorCode) === 'UNKNOWN_TOPIC_OR_PARTITION')
        throw codeToTransportError(5, `topic ${resourceName} is not known to every broker yet`);
      if (errorCode !== 0) {
        configs.set(resourceName, errorCode);
        continue;
      }
      const config: Record<string, string> = {};
      for (const { configName, configValue } of configEntries) {
        if (configValue !== null) config[configName] = configValue;
      }
      configs.set(resourceName, config);
    }
    return configs;
  }

  async function createOnce(specs: readonly TopicSpec[], leaveOut: boolean): Promise<readonly TopicSpec[]> {
    const { controllerId } = await cluster.metadata(specs.map((spec) => spec.topic));
    const request: RawCreateTopicsRequest = {
      topics: specs.map((spec) => toRequest(spec, leaveOut)),
      timeout: 5000,
    };
    const response =
      controllerId === undefined || controllerId < 0
        ? await cluster.onAnyBroker((broker) => broker.createTopics(request))
        : await cluster.onBroker(controllerId, (broker) => broker.createTopics(request));
    const refused: TopicSpec[] = [];
    for (const { topic, errorCode, errorMessage } of response.topicErrors) {
      const name = kafkaErrorName(errorCode);
      if (errorCode === 0 || name === 'TOPIC_ALREADY_EXISTS') continue;
      const spec = specs.find((candidate) => candidate.topic === topic)!;
      const optional = !leaveOut && (spec.optionalConfig?.length ?? 0) > 0;
      if (
        optional &&
        (name === 'INVALID_CONFIG' || name === 'POLICY_VIOLATION' || name === 'INVALID_REQUEST')
      ) {
        refused.push(spec);
        continue;
      }
      throw creationError(spec, { errorCode, errorMessage: errorMessage ?? undefined });
    }
    return refused;
  }

  async function waitForLeaders(topics: readonly string[]): Promise<void> {
    const metadata = await cluster.metadata(topics);
    for (const topic of topics) {
      const found = metadata.topicMetadata.find((candidate) => candidate.topic === topic);
      const led = found?.topicErrorCode === 0 && found.partitionMetadata.every((one) => one.leader >= 0);
      if (!led) throw codeToTransportError(5, `topic ${topic} was created and has no leaders yet`);
    }
  }

  return {
    countPartitions: (topic) =>
      patiently(whileDoing(`cannot look up topic ${topic}`), async () => {
        const found = await lookUpTopic(cluster, topic);
        return found?.partitionMetadata.length;
      }),
    describeTopics: (topics) =>
      patiently(whileDoing(`cannot describe topics ${topics.join(', ')}`), () => describeTopics(topics)),
    async createTopics(specs) {
      if (specs.length === 0) return;
      const doing = whileDoing(`cannot create topics ${specs.map((spec) => spec.topic).join(', ')}`);
      const refused = await patiently(doing, () => createOnce(specs, false));
      if (refused.length > 0) await patiently(doing, () => createOnce(refused, true));
      await patiently(doing, () => waitForLeaders(specs.map((spec) => spec.topic)));
    },
    listOffsets: ({ topic, at, isolation = 'uncommitted' }) =>
      patiently(whileDoing(`cannot look up offsets of topic ${topic}`), async () => {
        const found = await lookUpTopic(cluster, topic);
        if (found === undefined) throw codeToTransportError(3, `topic ${topic}`);
        const byLeader = new Map<number, number[]>();
        for (const { leader, partitionId } of found.partitionMetadata) {
          if (leader < 0) throw codeToTransportError(5, `partition ${topic}[${partitionId}]`);
          byLeader.set(leader, [...(byLeader.get(leader) ?? []), partitionId]);
        }
        const answers = await Promise.all(
          [...byLeader].map(([leader, partitions]) =>
            listOffsets(cluster, { topic, partitions, leader, at, isolation }),
          ),
        );
        return new Map(answers.flatMap((answer) => [...answer]).sort(([a], [b]) => a - b));
      }),
  };
}

function settingsOf(
  found: Record<string, string> | number | undefined,
  topic: string,
): Pick<TopicDescription, 'config' | 'configError'> {
  if (typeof found === 'object') return { config: found };
  if (found === undefined) return { config: {} };
  return {
    config: {},
    configError: codeToTransportError(found, `settings of topic ${topic}`, 'DESCRIBE_CONFIGS'),
  };
}

function toRequest(spec: TopicSpec, leaveOut: boolean): RawCreateTopicsRequest['topics'][number] {
  const omitted = new Set(leaveOut ? spec.optionalConfig : []);
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor: spec.replicationFactor ?? -1,
    configEntries: Object.entries(spec.config)
      .filter(([name]) => !omitted.has(name))
      .map(([name, value]) => ({ name, value })),
  };
}

function creationError(
  spec: TopicSpec,
  answer: { readonly errorCode: number; readonly errorMessage: string | undefined },
): KafkaTransportError {
  const name = kafkaErrorName(answer.errorCode);
  const mapped = codeToTransportError(answer.errorCode, `cannot create topic ${spec.topic}`, 'CREATE');
  if (mapped.code !== 'BROKER_ERROR') return mapped;
  return new KafkaTransportError({
    code: 'BROKER_ERROR',
    message: `cannot create topic ${spec.topic}: ${name}${answer.errorMessage === undefined ? '' : ` (${answer.errorMessage})`}`,
    retryable: isRetriableKafkaError(name),
  });
}
