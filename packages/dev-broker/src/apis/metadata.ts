/**
 * Metadata: brokers, topics, leaders.
 *
 * Owns: the view of the cluster that clients route by. Topics are made on demand only with
 * `auto.create.topics.enable`, and then, as with KRaft, the request that caused it still says UNKNOWN_TOPIC_OR_PARTITION.
 */
import type { Cluster } from '../cluster/cluster.js';
import { NO_LEADER, type Partition } from '../cluster/partition.js';
import type { Topic } from '../cluster/topic.js';
import { checkTopicName } from '../cluster/topic-name.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt } from '../protocol/kafka-error.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import {
  array,
  boolean,
  int16,
  int32,
  nullableArray,
  nullableString,
  string,
  uuid,
  ZERO_UUID,
} from '../wire/primitives.js';
import { type Encodable, struct } from '../wire/struct.js';
import { between, since, withDefault } from '../wire/wire-type.js';

const FIRST_VERSION_BY_ID = 12;
/** Stands for "was not asked for". */
const NO_OPERATIONS = -2_147_483_648;

const requestTopicFields = { topicId: since(10, uuid), name: nullableString };
const request = struct({
  topics: nullableArray(struct(requestTopicFields)),
  allowAutoTopicCreation: withDefault(true, since(4, boolean)),
  includeClusterAuthorizedOperations: between([8, 10], boolean),
  includeTopicAuthorizedOperations: since(8, boolean),
});

const partitionFields = {
  errorCode: int16,
  partitionIndex: int32,
  leaderId: int32,
  leaderEpoch: since(7, int32),
  replicaNodes: array(int32),
  isrNodes: array(int32),
  offlineReplicas: since(5, array(int32)),
};
const topicFields = {
  errorCode: int16,
  name: nullableString,
  topicId: withDefault(ZERO_UUID, since(10, uuid)),
  isInternal: withDefault(false, since(1, boolean)),
  partitions: withDefault([], array(struct(partitionFields))),
  topicAuthorizedOperations: withDefault(NO_OPERATIONS, since(8, int32)),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(3, int32)),
  brokers: array(
    struct({ nodeId: int32, host: string, port: int32, rack: withDefault(null, since(1, nullableString)) }),
  ),
  clusterId: since(2, nullableString),
  controllerId: since(1, int32),
  topics: array(struct(topicFields)),
  clusterAuthorizedOperations: withDefault(NO_OPERATIONS, between([8, 10], int32)),
  errorCode: withDefault(0, since(13, int16)),
});
type TopicAnswer = Encodable<typeof topicFields>;
type TopicAsked = { readonly topicId: string; readonly name: string | null };

function describePartition(partition: Partition): Encodable<typeof partitionFields> {
  const hasLeader = partition.leaderId !== NO_LEADER;
  return {
    errorCode: hasLeader ? errorCodes.NONE : errorCodes.LEADER_NOT_AVAILABLE,
    partitionIndex: partition.index,
    leaderId: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas.map((node) => node.id),
    isrNodes: partition.inSyncReplicas().map((node) => node.id),
    offlineReplicas: partition.replicas.filter((node) => !node.isLive).map((node) => node.id),
  };
}

function describeTopic(topic: Topic): TopicAnswer {
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map(describePartition),
  };
}

function createOnDemand(cluster: Cluster, name: string): void {
  // Where it cannot be made the client is told the same and asks again, as with Kafka.
  attempt(() =>
    cluster.createTopic({
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [],
      configs: new Map(),
    }),
  );
}

function answerTopic(cluster: Cluster, asked: TopicAsked, mayCreate: boolean): TopicAnswer {
  const { name, topicId } = asked;
  if (name === null) {
    const topic = cluster.topicById(topicId);
    return topic ? describeTopic(topic) : { errorCode: errorCodes.UNKNOWN_TOPIC_ID, name: null, topicId };
  }
  const topic = cluster.topics.get(name);
  if (topic) return describeTopic(topic);
  const check = attempt(() => checkTopicName(name));
  if ('error' in check) return { errorCode: check.error.code, name };
  if (mayCreate) createOnDemand(cluster, name);
  return { errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, name };
}

export const metadataApi: Api = defineApi({
  name: 'Metadata',
  versions: [0, 13],
  flexibleFrom: 9,
  request,
  response,
  handle(asked, context) {
    const { cluster, version } = context;
    const namesIds = (asked.topics ?? []).some(({ name, topicId }) => name === null || topicId !== ZERO_UUID);
    // Versions 10 and 11 carry ids but cannot be asked by them.
    if (version < FIRST_VERSION_BY_ID && namesIds)
      return refuse(asked.topics, errorCodes.INVALID_REQUEST, context);
    // Version 0 had no null: an empty list asked for all topics.
    const wantsAll = asked.topics === null || (version === 0 && asked.topics.length === 0);
    const mayCreate = asked.allowAutoTopicCreation && cluster.settings['auto.create.topics.enable'];
    return {
      ...describeBrokers(cluster),
      topics: wantsAll
        ? [...cluster.topics.values()].map(describeTopic)
        : (asked.topics ?? []).map((topic) => answerTopic(cluster, topic, mayCreate)),
    };
  },
  refuse: (asked, errorCode, context) => refuse(asked.topics, errorCode, context),
});

function refuse(
  topics: readonly TopicAsked[] | null,
  errorCode: number,
  { cluster, version }: RequestContext,
) {
  const missingName = version < FIRST_VERSION_BY_ID ? '' : null;
  return {
    ...describeBrokers(cluster),
    errorCode,
    topics: (topics ?? []).map(({ name, topicId }) => ({ errorCode, name: name ?? missingName, topicId })),
  };
}

function describeBrokers(cluster: Cluster) {
  const nodes = cluster.liveNodes();
  return {
    brokers: nodes.map((node) => ({ nodeId: node.id, host: node.host, port: node.port })),
    clusterId: cluster.id,
    // A KRaft broker names any live broker: each forwards what only the controller can do.
    controllerId: nodes[0]?.id ?? -1,
  };
}
