/**
 * OffsetForLeaderEpoch: where a leader's time ended, by which consumers notice a log that was truncated (KIP-320).
 *
 * Owns: the message. Logs are never truncated here, so the answer always reassures.
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int16, int32, int64, string } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { since, withDefault } from '../wire/wire-type.js';
import { leaderEpochError } from './leader-epoch-error.js';

const partitionFields = { partition: int32, currentLeaderEpoch: int32, leaderEpoch: int32 };
const request = struct({
  replicaId: withDefault(-2, since(3, int32)),
  topics: array(struct({ name: string, partitions: array(struct(partitionFields)) })),
});
const resultFields = {
  errorCode: int16,
  partition: int32,
  leaderEpoch: withDefault(-1, int32),
  endOffset: withDefault(-1, int64),
};
const response = struct({
  throttleTimeMs: withDefault(0, int32),
  topics: array(struct({ name: string, partitions: array(struct(resultFields)) })),
});

function find(
  topic: string,
  asked: Decoded<typeof partitionFields>,
  { cluster, node }: RequestContext,
): Encodable<typeof resultFields> {
  const partition = cluster.partition(topic, asked.partition);
  const refuse = (errorCode: number) => ({ errorCode, partition: asked.partition });
  if (!partition) return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  const error = leaderEpochError(partition, asked.currentLeaderEpoch);
  if (error !== errorCodes.NONE) return refuse(error);
  if (partition.leaderId !== node.id) return refuse(errorCodes.NOT_LEADER_OR_FOLLOWER);
  return {
    errorCode: errorCodes.NONE,
    partition: asked.partition,
    ...partition.log.endOfEpoch(asked.leaderEpoch),
  };
}

export const offsetForLeaderEpochApi: Api = defineApi({
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexibleFrom: 4,
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => find(name, asked, context)),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partition }) => ({ errorCode, partition })),
    })),
  }),
});
