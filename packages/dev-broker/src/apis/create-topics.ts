/**
 * CreateTopics.
 *
 * Owns: the message. Must not know: the rules, which stand in cluster/topic-creation.ts.
 */
import type { Cluster } from '../cluster/cluster.js';
import { topicConfigKeys, topicConfigValue } from '../cluster/topic-config.js';
import type { TopicRequest } from '../cluster/topic-creation.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt } from '../protocol/kafka-error.js';
import { type Api, defineApi } from '../server/api.js';
import {
  array,
  boolean,
  int8,
  int16,
  int32,
  nullableArray,
  nullableString,
  string,
  uuid,
  ZERO_UUID,
} from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { configSources } from './config-sources.js';

const topicFields = {
  name: string,
  numPartitions: int32,
  replicationFactor: int16,
  assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
  configs: array(struct({ name: string, value: nullableString })),
};
const request = struct({
  topics: array(struct(topicFields)),
  timeoutMs: int32,
  validateOnly: since(1, boolean),
});
const configFields = {
  name: string,
  value: nullableString,
  readOnly: boolean,
  configSource: int8,
  isSensitive: boolean,
};
const resultFields = {
  name: string,
  topicId: withDefault(ZERO_UUID, since(7, uuid)),
  errorCode: int16,
  errorMessage: withDefault(null, since(1, nullableString)),
  numPartitions: withDefault(-1, since(5, int32)),
  replicationFactor: withDefault(-1, since(5, int16)),
  configs: withDefault(null, since(5, nullableArray(struct(configFields)))),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(2, int32)),
  topics: array(struct(resultFields)),
});
type Asked = Decoded<typeof topicFields>;
type Result = Encodable<typeof resultFields>;

function toRequest(asked: Asked): TopicRequest {
  return { ...asked, configs: new Map(asked.configs.map(({ name, value }) => [name, value])) };
}

function create(cluster: Cluster, asked: Asked, validateOnly: boolean): Result {
  const result = attempt(() => cluster.createTopic(toRequest(asked), { validateOnly }));
  if ('error' in result) {
    const { code, message } = result.error;
    return { name: asked.name, errorCode: code, errorMessage: message };
  }
  const topic = result.value;
  return {
    name: topic.name,
    topicId: validateOnly ? ZERO_UUID : topic.id,
    errorCode: errorCodes.NONE,
    numPartitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]!.replicas.length,
    configs: Object.keys(topicConfigKeys).map((name) => ({
      name,
      value: topicConfigValue(name, topic.configs, cluster.settings),
      readOnly: false,
      configSource: topic.configs.has(name) ? configSources.topic : configSources.default,
      isSensitive: false,
    })),
  };
}

export const createTopicsApi: Api = defineApi({
  name: 'CreateTopics',
  versions: [2, 7],
  flexibleFrom: 5,
  request,
  response,
  handle({ topics, validateOnly }, { cluster }) {
    const counts = new Map<string, number>();
    for (const { name } of topics) counts.set(name, (counts.get(name) ?? 0) + 1);
    return {
      topics: [...new Map(topics.map((topic) => [topic.name, topic])).values()].map((topic) =>
        counts.get(topic.name) === 1
          ? create(cluster, topic, validateOnly)
          : {
              name: topic.name,
              errorCode: errorCodes.INVALID_REQUEST,
              errorMessage: 'Duplicate topic name.',
            },
      ),
    };
  },
  refuse: ({ topics }, errorCode) => ({ topics: topics.map(({ name }) => ({ name, errorCode })) }),
});
