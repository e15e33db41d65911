/**
 * CreatePartitions: a topic grows.
 *
 * Owns: the message and its checks (ReplicationControlManager.createPartitions).
 */
import type { BrokerNode } from '../cluster/broker-node.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Topic } from '../cluster/topic.js';
import { nodesByIds, placeReplicas } from '../cluster/topic-creation.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt, KafkaError } from '../protocol/kafka-error.js';
import { type Api, defineApi } from '../server/api.js';
import { array, boolean, int16, int32, nullableArray, nullableString, string } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { withDefault } from '../wire/wire-type.js';

const topicFields = {
  name: string,
  count: int32,
  assignments: nullableArray(struct({ brokerIds: array(int32) })),
};
const request = struct({ topics: array(struct(topicFields)), timeoutMs: int32, validateOnly: boolean });
const resultFields = { name: string, errorCode: int16, errorMessage: withDefault(null, nullableString) };
const response = struct({ throttleTimeMs: withDefault(0, int32), results: array(struct(resultFields)) });
type Asked = Decoded<typeof topicFields>;

function replicasFor(topic: Topic, asked: Asked, cluster: Cluster): readonly (readonly BrokerNode[])[] {
  const added = asked.count - topic.partitions.length;
  if (added === 0) {
    throw new KafkaError('INVALID_PARTITIONS', `Topic already has ${topic.partitions.length} partition(s).`);
  }
  if (added < 0) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `The topic ${topic.name} currently has ${topic.partitions.length} partition(s); ${asked.count} would not be an increase.`,
    );
  }
  if (asked.assignments === null) {
    const factor = topic.partitions[0]!.replicas.length;
    return placeReplicas(added, factor, cluster.placer);
  }
  if (asked.assignments.length !== added) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Attempted to add ${added} additional partition(s), but only ${asked.assignments.length} assignment(s) were specified.`,
    );
  }
  return asked.assignments.map(({ brokerIds }) => nodesByIds(brokerIds, cluster.nodes));
}

function grow(asked: Asked, cluster: Cluster, validateOnly: boolean): Encodable<typeof resultFields> {
  const result = attempt(() => {
    const topic = cluster.topics.get(asked.name);
    if (!topic)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.');
    const replicas = replicasFor(topic, asked, cluster);
    if (!validateOnly) cluster.addPartitions(topic, replicas);
  });
  if ('error' in result) {
    return { name: asked.name, errorCode: result.error.code, errorMessage: result.error.message };
  }
  return { name: asked.name, errorCode: errorCodes.NONE };
}

export const createPartitionsApi: Api = defineApi({
  name: 'CreatePartitions',
  versions: [0, 3],
  flexibleFrom: 2,
  request,
  response,
  handle: ({ topics, validateOnly }, { cluster }) => ({
    results: topics.map((asked) => grow(asked, cluster, validateOnly)),
  }),
  refuse: ({ topics }, errorCode) => ({ results: topics.map(({ name }) => ({ name, errorCode })) }),
});
