/**
 * OffsetCommit: a group remembers how far it is.
 *
 * Owns: who may commit (ClassicGroup.validateOffsetCommit) and what. As in Kafka a member may commit for
 * partitions that it does not own.
 */
import type { Topic } from '../cluster/topic.js';
import type { Group } from '../groups/group.js';
import { memberError } from '../groups/member-error.js';
import { renewSession } from '../groups/rebalance.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int16, int32, int64, nullableString, string, uuid } from '../wire/primitives.js';
import { type Decoded, struct } from '../wire/struct.js';
import { between, since, until, withDefault } from '../wire/wire-type.js';
import { coordinatorError } from './group-request.js';
import { topicOf } from './topic-reference.js';

const LAST_VERSION_BY_NAME = 9;

const partitionFields = {
  index: int32,
  committedOffset: int64,
  committedLeaderEpoch: withDefault(-1, since(6, int32)),
  committedMetadata: nullableString,
};
const requestFields = {
  groupId: string,
  generationId: int32,
  memberId: string,
  groupInstanceId: withDefault(null, since(7, nullableString)),
  retentionTimeMs: withDefault(-1, between([2, 4], int64)),
  topics: array(
    struct({
      name: until(LAST_VERSION_BY_NAME, string),
      topicId: since(10, uuid),
      partitions: array(struct(partitionFields)),
    }),
  ),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(3, int32)),
  topics: array(
    struct({
      name: until(LAST_VERSION_BY_NAME, string),
      topicId: since(10, uuid),
      partitions: array(struct({ index: int32, errorCode: int16 })),
    }),
  ),
});
type CommitRequest = Decoded<typeof requestFields>;
type Commit = Decoded<typeof partitionFields>;

function commitError(group: Group, asked: CommitRequest): number {
  const isEmpty = group.members.size === 0;
  if (asked.generationId < 0 && isEmpty) return errorCodes.NONE;
  const isAnonymous = asked.generationId < 0 && asked.memberId === '' && asked.groupInstanceId === null;
  if (isAnonymous) return errorCodes.UNKNOWN_MEMBER_ID;
  const error = memberError(group, asked.memberId, asked.groupInstanceId);
  if (error !== errorCodes.NONE) return error;
  if (asked.generationId !== group.generationId) return errorCodes.ILLEGAL_GENERATION;
  // The member knows the new generation but not its assignment yet, so it cannot know what it has done.
  return group.state === 'CompletingRebalance' ? errorCodes.REBALANCE_IN_PROGRESS : errorCodes.NONE;
}

/** The group to commit to: a commit without a member makes the group if need be, one with a member never does. */
function committingGroup(asked: CommitRequest, context: RequestContext): Group | number {
  const error = coordinatorError(asked.groupId, context);
  if (error !== errorCodes.NONE) return error;
  const { groups } = context.cluster;
  const group = groups.get(asked.groupId);
  if (!group)
    return asked.generationId < 0 ? groups.getOrCreate(asked.groupId) : errorCodes.ILLEGAL_GENERATION;
  const refusal = commitError(group, asked);
  if (refusal !== errorCodes.NONE) return refusal;
  const member = group.members.get(asked.memberId);
  if (member) renewSession(group, member, context.cluster.settings);
  return group;
}

function commit(
  group: Group,
  topic: Topic | undefined,
  asked: Commit & { readonly maxMetadataBytes: number },
): number {
  if (!topic?.partitions[asked.index]) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
  const metadata = asked.committedMetadata ?? '';
  if (metadata.length > asked.maxMetadataBytes) return errorCodes.OFFSET_METADATA_TOO_LARGE;
  group.offsets.set(topic.name, asked.index, {
    offset: asked.committedOffset,
    leaderEpoch: asked.committedLeaderEpoch,
    metadata,
  });
  return errorCodes.NONE;
}

function refuse(asked: CommitRequest, errorCode: number) {
  return {
    topics: asked.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ index }) => ({ index, errorCode })),
    })),
  };
}

export const offsetCommitApi: Api = defineApi({
  name: 'OffsetCommit',
  versions: [2, 10],
  flexibleFrom: 8,
  request: struct(requestFields),
  response,
  handle(asked, context) {
    const group = committingGroup(asked, context);
    if (typeof group === 'number') return refuse(asked, group);
    const isByName = context.version <= LAST_VERSION_BY_NAME;
    const maxMetadataBytes = context.cluster.settings['offset.metadata.max.bytes'];
    return {
      topics: asked.topics.map((reference) => {
        const topic = topicOf(context, reference, isByName);
        const isUnknownId = !topic && !isByName;
        const partitions = reference.partitions.map((partition) => ({
          index: partition.index,
          errorCode: isUnknownId
            ? errorCodes.UNKNOWN_TOPIC_ID
            : commit(group, topic, { ...partition, maxMetadataBytes }),
        }));
        return { name: reference.name, topicId: reference.topicId, partitions };
      }),
    };
  },
  refuse,
});
