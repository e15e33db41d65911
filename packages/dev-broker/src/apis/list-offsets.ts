/**
 * ListOffsets: which offset is the first, the last, or the first at a time.
 *
 * Owns: the special timestamps. Must not know: how the log searches.
 */
import type { Partition } from '../cluster/partition.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int8, int16, int32, int64, string } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { leaderEpochError } from './leader-epoch-error.js';

const LATEST = -1;
const EARLIEST = -2;
/** The record with the largest timestamp (KIP-734). */
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
/** Nothing is tiered here, so these two never match (KIP-1005, KIP-1023). */
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;

const partitionFields = {
  index: int32,
  currentLeaderEpoch: withDefault(-1, since(4, int32)),
  timestamp: int64,
};
const request = struct({
  replicaId: int32,
  isolationLevel: since(2, int8),
  topics: array(struct({ name: string, partitions: array(struct(partitionFields)) })),
  timeoutMs: since(10, int32),
});
const answerFields = {
  index: int32,
  errorCode: int16,
  timestamp: withDefault(-1, int64),
  offset: withDefault(-1, int64),
  leaderEpoch: withDefault(-1, since(4, int32)),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(2, int32)),
  topics: array(struct({ name: string, partitions: array(struct(answerFields)) })),
});
type Asked = Decoded<typeof partitionFields>;
type Answer = Encodable<typeof answerFields>;

function find({ log, leaderEpoch }: Partition, timestamp: number): Omit<Answer, 'index' | 'errorCode'> {
  switch (timestamp) {
    case LATEST:
      return { offset: log.endOffset, leaderEpoch };
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { offset: log.startOffset, leaderEpoch };
    case MAX_TIMESTAMP:
      return log.findMaxTimestamp() ?? {};
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return {};
    default:
      return log.findTimestamp(timestamp) ?? {};
  }
}

function answer(topic: string, asked: Asked, { cluster, node }: RequestContext): Answer {
  const { index, currentLeaderEpoch, timestamp } = asked;
  const partition = cluster.partition(topic, index);
  const refuse = (errorCode: number): Answer => ({ index, errorCode });
  if (!partition) return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  const error = leaderEpochError(partition, currentLeaderEpoch);
  if (error !== errorCodes.NONE) return refuse(error);
  if (partition.leaderId !== node.id) return refuse(errorCodes.NOT_LEADER_OR_FOLLOWER);
  return { index, errorCode: errorCodes.NONE, ...find(partition, timestamp) };
}

export const listOffsetsApi: Api = defineApi({
  name: 'ListOffsets',
  versions: [1, 11],
  flexibleFrom: 6,
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => answer(name, asked, context)),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({ index, errorCode })),
    })),
  }),
});
