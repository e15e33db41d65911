/**
 * DeleteRecords: everything before an offset goes (KIP-107).
 *
 * Owns: the message and its checks (Partition.deleteRecordsOnLeader).
 */
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int16, int32, int64, string } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { withDefault } from '../wire/wire-type.js';

/** Stands for the high watermark. */
const TO_THE_END = -1;

const partitionFields = { index: int32, offset: int64 };
const request = struct({
  topics: array(struct({ name: string, partitions: array(struct(partitionFields)) })),
  timeoutMs: int32,
});
const resultFields = { index: int32, lowWatermark: int64, errorCode: int16 };
const response = struct({
  throttleTimeMs: withDefault(0, int32),
  topics: array(struct({ name: string, partitions: array(struct(resultFields)) })),
});
type Result = Encodable<typeof resultFields>;

function remove(name: string, asked: Decoded<typeof partitionFields>, context: RequestContext): Result {
  const { index } = asked;
  const refuse = (errorCode: number): Result => ({ index, lowWatermark: -1, errorCode });
  const topic = context.cluster.topics.get(name);
  const partition = topic?.partitions[index];
  if (!topic || !partition) return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION);
  if (topic.isInternal) return refuse(errorCodes.INVALID_TOPIC_EXCEPTION);
  if (partition.leaderId !== context.node.id) return refuse(errorCodes.NOT_LEADER_OR_FOLLOWER);
  if (!topic.limits.isDeleting) return refuse(errorCodes.POLICY_VIOLATION);
  const { log } = partition;
  const offset = asked.offset === TO_THE_END ? log.endOffset : asked.offset;
  if (offset < 0 || offset > log.endOffset) return refuse(errorCodes.OFFSET_OUT_OF_RANGE);
  log.trimTo(offset);
  return { index, lowWatermark: log.startOffset, errorCode: errorCodes.NONE };
}

export const deleteRecordsApi: Api = defineApi({
  name: 'DeleteRecords',
  versions: [0, 2],
  flexibleFrom: 2,
  request,
  response,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => remove(name, asked, context)),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({ index, lowWatermark: -1, errorCode })),
    })),
  }),
});
