/**
 * OffsetFetch: how far a group is.
 *
 * Owns: the message in its two shapes, one group (to version 7) or several (KIP-709).
 */
import type { CommittedOffset } from '../groups/committed-offsets.js';
import type { Group } from '../groups/group.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import {
  array,
  boolean,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  string,
  uuid,
  ZERO_UUID,
} from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { between, since, until, withDefault } from '../wire/wire-type.js';
import { coordinatorError } from './group-request.js';
import { topicOf } from './topic-reference.js';

const LAST_VERSION_FOR_ONE = 7;
const LAST_VERSION_BY_NAME = 9;

const topicFields = {
  name: until(LAST_VERSION_BY_NAME, string),
  topicId: since(10, uuid),
  partitions: array(int32),
};
const groupFields = {
  groupId: string,
  memberId: withDefault(null, since(9, nullableString)),
  memberEpoch: withDefault(-1, since(9, int32)),
  topics: nullableArray(struct(topicFields)),
};
const requestFields = {
  groupId: until(LAST_VERSION_FOR_ONE, string),
  topics: until(LAST_VERSION_FOR_ONE, nullableArray(struct(topicFields))),
  groups: since(8, array(struct(groupFields))),
  requireStable: since(7, boolean),
};

const answerPartitionFields = {
  index: int32,
  committedOffset: int64,
  committedLeaderEpoch: since(5, int32),
  metadata: nullableString,
  errorCode: int16,
};
const answerTopicFields = {
  name: until(LAST_VERSION_BY_NAME, string),
  topicId: since(10, uuid),
  partitions: array(struct(answerPartitionFields)),
};
const answerGroupFields = { groupId: string, topics: array(struct(answerTopicFields)), errorCode: int16 };
const response = struct({
  throttleTimeMs: withDefault(0, since(3, int32)),
  topics: until(LAST_VERSION_FOR_ONE, array(struct(answerTopicFields))),
  errorCode: between([2, LAST_VERSION_FOR_ONE], int16),
  groups: since(8, array(struct(answerGroupFields))),
});
type GroupAsked = Decoded<typeof groupFields>;
type TopicAsked = Decoded<typeof topicFields>;
type PartitionAnswer = Encodable<typeof answerPartitionFields>;
type GroupAnswer = Encodable<typeof answerGroupFields>;

function describe(index: number, committed: CommittedOffset | undefined, errorCode = 0): PartitionAnswer {
  return {
    index,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode,
  };
}

function everything(group: Group | undefined, context: RequestContext): GroupAnswer['topics'] {
  return [...(group?.offsets.topics() ?? [])].map(([name, partitions]) => ({
    name,
    topicId: context.cluster.topics.get(name)?.id ?? ZERO_UUID,
    partitions: [...partitions].map(([index, committed]) => describe(index, committed)),
  }));
}

function fetchTopic(group: Group | undefined, asked: TopicAsked, context: RequestContext) {
  const isByName = context.version <= LAST_VERSION_BY_NAME;
  const name = isByName ? asked.name : topicOf(context, asked, false)?.name;
  const errorCode = name === undefined ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.NONE;
  return {
    name: asked.name,
    topicId: asked.topicId,
    partitions: asked.partitions.map((index) =>
      describe(index, name === undefined ? undefined : group?.offsets.get(name, index), errorCode),
    ),
  };
}

function fetchGroup(asked: GroupAsked, context: RequestContext): GroupAnswer {
  const { groupId, topics } = asked;
  const errorCode = coordinatorError(groupId, context);
  if (errorCode !== errorCodes.NONE) return { groupId, topics: [], errorCode };
  // A group that is not known has committed nothing: not an error.
  const group = context.cluster.groups.get(groupId);
  if (topics === null) return { groupId, topics: everything(group, context), errorCode };
  return { groupId, topics: topics.map((topic) => fetchTopic(group, topic, context)), errorCode };
}

function askedGroups(asked: Decoded<typeof requestFields>, version: number): readonly GroupAsked[] {
  if (version > LAST_VERSION_FOR_ONE) return asked.groups;
  return [{ groupId: asked.groupId, topics: asked.topics, memberId: null, memberEpoch: -1 }];
}

function answer(groups: readonly GroupAnswer[]) {
  return { topics: groups[0]?.topics ?? [], errorCode: groups[0]?.errorCode ?? errorCodes.NONE, groups };
}

export const offsetFetchApi: Api = defineApi({
  name: 'OffsetFetch',
  versions: [1, 10],
  flexibleFrom: 6,
  request: struct(requestFields),
  response,
  handle: (asked, context) =>
    answer(askedGroups(asked, context.version).map((group) => fetchGroup(group, context))),
  refuse: (asked, errorCode, { version }) =>
    answer(askedGroups(asked, version).map(({ groupId }) => ({ groupId, topics: [], errorCode }))),
});
