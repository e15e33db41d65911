/**
 * Fetch: record batches from the log, waiting for them where there are none yet.
 *
 * Owns: the long poll and the limits of an answer (KIP-74). Must not know: how records are stored.
 * Fetch sessions (KIP-227) are never opened, which a broker may always do: every fetch names all its partitions.
 */
import type { Partition } from '../cluster/partition.js';
import type { Topic } from '../cluster/topic.js';
import { type ErrorCode, errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import {
  array,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  records,
  string,
  uuid,
} from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { since, tagged, until, withDefault } from '../wire/wire-type.js';
import { awaitRecords } from './delayed-fetch.js';
import { leaderEpochError } from './leader-epoch-error.js';
import { currentLeader, currentLeaderField, nodeEndpoints, nodeEndpointsField } from './leader-hints.js';
import { topicOf } from './topic-reference.js';

const LAST_VERSION_BY_NAME = 12;
const NO_SESSION = 0;
const sessionErrors: ReadonlySet<number> = new Set([
  errorCodes.FETCH_SESSION_ID_NOT_FOUND,
  errorCodes.INVALID_FETCH_SESSION_EPOCH,
  errorCodes.FETCH_SESSION_TOPIC_ID_ERROR,
]);
const LONG_MAX = Number.MAX_SAFE_INTEGER;

const partitionFields = {
  index: int32,
  currentLeaderEpoch: withDefault(-1, since(9, int32)),
  fetchOffset: int64,
  lastFetchedEpoch: withDefault(-1, since(12, int32)),
  logStartOffset: withDefault(-1, since(5, int64)),
  maxBytes: int32,
  replicaDirectoryId: tagged(0, withDefault('', since(17, uuid))),
  highWatermark: tagged(1, withDefault(LONG_MAX, since(18, int64))),
};
const topicFields = {
  name: until(LAST_VERSION_BY_NAME, string),
  topicId: since(13, uuid),
  partitions: array(struct(partitionFields)),
};
const requestFields = {
  clusterId: tagged(0, withDefault(null, since(12, nullableString))),
  replicaId: withDefault(-1, until(14, int32)),
  replicaState: tagged(
    1,
    withDefault(
      { replicaId: -1, replicaEpoch: -1 },
      since(15, struct({ replicaId: withDefault(-1, int32), replicaEpoch: withDefault(-1, int64) })),
    ),
  ),
  maxWaitMs: int32,
  minBytes: int32,
  maxBytes: int32,
  isolationLevel: int8,
  sessionId: since(7, int32),
  sessionEpoch: withDefault(-1, since(7, int32)),
  topics: array(struct(topicFields)),
  forgottenTopics: since(
    7,
    array(
      struct({
        name: until(LAST_VERSION_BY_NAME, string),
        topicId: since(13, uuid),
        partitions: array(int32),
      }),
    ),
  ),
  rackId: since(11, string),
};

const answerFields = {
  index: int32,
  errorCode: int16,
  highWatermark: int64,
  lastStableOffset: withDefault(-1, int64),
  logStartOffset: withDefault(-1, since(5, int64)),
  currentLeader: currentLeaderField({ tag: 1, since: 12 }),
  abortedTransactions: withDefault(null, nullableArray(struct({ producerId: int64, firstOffset: int64 }))),
  preferredReadReplica: withDefault(-1, since(11, int32)),
  records,
};
const response = struct({
  throttleTimeMs: withDefault(0, int32),
  errorCode: withDefault(0, since(7, int16)),
  sessionId: withDefault(NO_SESSION, since(7, int32)),
  topics: array(
    struct({
      name: until(LAST_VERSION_BY_NAME, string),
      topicId: since(13, uuid),
      partitions: array(struct(answerFields)),
    }),
  ),
  nodeEndpoints: nodeEndpointsField({ tag: 0, since: 16 }),
});
type Answer = Encodable<typeof answerFields>;
type FetchRequest = Decoded<typeof requestFields>;
type PartitionAsked = Decoded<typeof partitionFields>;

/** What is left to give away while an answer is put together. */
interface Budget {
  bytes: number;
  isEmpty: boolean;
}

/** Whether a partition can be read at all; the order is Kafka's (Partition.readRecords). */
function readError(
  partition: Partition | undefined,
  asked: PartitionAsked,
  context: RequestContext,
): ErrorCode {
  if (!partition?.exists) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  const error = leaderEpochError(partition, asked.currentLeaderEpoch);
  if (error !== errorCodes.NONE) return error;
  if (partition.leaderId !== context.node.id) return errorCodes.NOT_LEADER_OR_FOLLOWER;
  const { startOffset, endOffset } = partition.log;
  const isInRange = asked.fetchOffset >= startOffset && asked.fetchOffset <= endOffset;
  return isInRange ? errorCodes.NONE : errorCodes.OFFSET_OUT_OF_RANGE;
}

function refusedPartition(index: number, errorCode: number, partition?: Partition): Answer {
  const hasMoved =
    errorCode === errorCodes.NOT_LEADER_OR_FOLLOWER || errorCode === errorCodes.FENCED_LEADER_EPOCH;
  return {
    index,
    errorCode,
    highWatermark: -1,
    currentLeader: hasMoved && partition ? currentLeader(partition) : undefined,
    records: [],
  };
}

function readPartition(partition: Partition, asked: PartitionAsked, budget: Budget): Answer {
  const { log } = partition;
  const batches = log.read({
    offset: asked.fetchOffset,
    maxBytes: Math.min(asked.maxBytes, budget.bytes),
    minOneBatch: budget.isEmpty,
  });
  for (const batch of batches) budget.bytes -= batch.length;
  if (batches.length > 0) budget.isEmpty = false;
  return {
    index: partition.index,
    errorCode: errorCodes.NONE,
    highWatermark: log.endOffset,
    lastStableOffset: log.endOffset,
    logStartOffset: log.startOffset,
    records: batches,
  };
}

/** One partition of a fetch with what it refers to here. */
interface Target {
  readonly asked: PartitionAsked;
  readonly topic: Topic | undefined;
  readonly partition: Partition | undefined;
}

function targetsOf(request: FetchRequest, context: RequestContext): readonly (readonly Target[])[] {
  const isByName = context.version <= LAST_VERSION_BY_NAME;
  return request.topics.map((askedTopic) => {
    const topic = topicOf(context, askedTopic, isByName);
    return askedTopic.partitions.map((asked) => ({
      asked,
      topic,
      partition: topic?.partitions[asked.index],
    }));
  });
}

function readAll(request: FetchRequest, targets: readonly (readonly Target[])[], context: RequestContext) {
  const maxBytes = Math.min(request.maxBytes, context.cluster.settings['fetch.max.bytes']);
  const budget: Budget = { bytes: Math.max(maxBytes, 0), isEmpty: true };
  const isByName = context.version <= LAST_VERSION_BY_NAME;
  const topics = request.topics.map(({ name, topicId }, i) => ({
    name,
    topicId,
    partitions: targets[i]!.map(({ asked, topic, partition }) => {
      if (!topic && !isByName) return refusedPartition(asked.index, errorCodes.UNKNOWN_TOPIC_ID);
      const error = readError(partition, asked, context);
      if (error !== errorCodes.NONE) return refusedPartition(asked.index, error, partition);
      return readPartition(partition!, asked, budget);
    }),
  }));
  return { topics, nodeEndpoints: nodeEndpoints(context.cluster, topics) };
}

/** Whether the answer can go out: enough bytes, or an error that should not wait. */
function isReady(
  request: FetchRequest,
  targets: readonly (readonly Target[])[],
  context: RequestContext,
): boolean {
  let bytes = 0;
  for (const topic of targets) {
    for (const { asked, partition } of topic) {
      if (readError(partition, asked, context) !== errorCodes.NONE) return true;
      bytes += Math.min(partition!.log.bytesFrom(asked.fetchOffset), Math.max(asked.maxBytes, 1));
    }
  }
  return bytes >= request.minBytes;
}

export const fetchApi: Api = defineApi({
  name: 'Fetch',
  versions: [4, 18],
  flexibleFrom: 12,
  request: struct(requestFields),
  response,
  handle(request, context) {
    if (request.sessionId !== NO_SESSION) return refuseWhole(errorCodes.FETCH_SESSION_ID_NOT_FOUND);
    const targets = targetsOf(request, context);
    const answer = () => readAll(request, targets, context);
    const mustNotWait = request.maxWaitMs <= 0 || !targets.some((topic) => topic.length > 0);
    if (mustNotWait || isReady(request, targets, context)) return answer();
    const partitions = targets.flatMap((topic) => topic.map((target) => target.partition!));
    return awaitRecords({
      partitions,
      maxWaitMs: request.maxWaitMs,
      isReady: () => isReady(request, targets, context),
      onDisconnect: context.onDisconnect,
    }).then((isWanted) => (isWanted ? answer() : undefined));
  },
  refuse: (request, errorCode) => ({
    // All other errors are those of partitions, and clients look for them there.
    errorCode: sessionErrors.has(errorCode) ? errorCode : errorCodes.NONE,
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ index }) => refusedPartition(index, errorCode)),
    })),
  }),
});

function refuseWhole(errorCode: ErrorCode) {
  return { errorCode, topics: [] };
}
