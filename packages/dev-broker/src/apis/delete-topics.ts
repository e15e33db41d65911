/**
 * DeleteTopics: by name, or from version 6 on also by id.
 *
 * Owns: the message.
 */
import type { Cluster } from '../cluster/cluster.js';
import { errorCodes } from '../protocol/error-codes.js';
import { type Api, defineApi } from '../server/api.js';
import { array, int16, int32, nullableString, string, uuid, ZERO_UUID } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { since, until, withDefault } from '../wire/wire-type.js';

const LAST_VERSION_BY_NAME = 5;
const requestFields = {
  topics: since(6, array(struct({ name: nullableString, topicId: uuid }))),
  topicNames: until(LAST_VERSION_BY_NAME, array(string)),
  timeoutMs: int32,
};
const resultFields = {
  name: nullableString,
  topicId: withDefault(ZERO_UUID, since(6, uuid)),
  errorCode: int16,
  errorMessage: withDefault(null, since(5, nullableString)),
};
const response = struct({
  throttleTimeMs: withDefault(0, since(1, int32)),
  topics: array(struct(resultFields)),
});
type Reference = { readonly name: string | null; readonly topicId: string };

function remove(cluster: Cluster, { name, topicId }: Reference): Encodable<typeof resultFields> {
  const topic = name === null ? cluster.topicById(topicId) : cluster.topics.get(name);
  if (!topic) {
    const errorCode = name === null ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
    return { name, topicId, errorCode };
  }
  if (name !== null && topicId !== ZERO_UUID) return { name, topicId, errorCode: errorCodes.INVALID_REQUEST };
  cluster.deleteTopic(topic);
  return { name: topic.name, topicId: topic.id, errorCode: errorCodes.NONE };
}

function references(asked: Decoded<typeof requestFields>, version: number): readonly Reference[] {
  if (version > LAST_VERSION_BY_NAME) return asked.topics;
  return asked.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
}

export const deleteTopicsApi: Api = defineApi({
  name: 'DeleteTopics',
  versions: [1, 6],
  flexibleFrom: 4,
  request: struct(requestFields),
  response,
  handle: (asked, { cluster, version }) => ({
    topics: references(asked, version).map((reference) => remove(cluster, reference)),
  }),
  refuse: (asked, errorCode, { version }) => ({
    topics: references(asked, version).map(({ name, topicId }) => ({ name, topicId, errorCode })),
  }),
});
