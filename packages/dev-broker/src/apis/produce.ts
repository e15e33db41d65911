/**
 * Produce: one record batch per partition into the log.
 *
 * Owns: the message, and when there is no answer. Must not know: what makes a batch acceptable
 * (cluster/append-records.ts). Readers are woken once all partitions of the request are appended.
 */
import { appendRecords, type IncomingRecords } from '../cluster/append-records.js';
import type { Partition } from '../cluster/partition.js';
import type { Topic } from '../cluster/topic.js';
import { isTransactional } from '../log/record-batch.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt, KafkaError } from '../protocol/kafka-error.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int16, int32, int64, nullableString, records, string, uuid } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { WireError } from '../wire/wire-error.js';
import { since, until, withDefault } from '../wire/wire-type.js';
import { currentLeader, currentLeaderField, nodeEndpoints, nodeEndpointsField } from './leader-hints.js';
import { topicOf } from './topic-reference.js';

const LAST_VERSION_BY_NAME = 12;
const FIRST_VERSION_WITH_ZSTD = 7;
const FIRST_VERSION_WITH_LEADER_HINTS = 10;
const NO_TIMESTAMP = -1;

const partitionFields = { index: int32, records };
const topicFields = {
  name: until(LAST_VERSION_BY_NAME, string),
  topicId: since(13, uuid),
  partitions: array(struct(partitionFields)),
};
const requestFields = {
  transactionalId: nullableString,
  acks: int16,
  timeoutMs: int32,
  topics: array(struct(topicFields)),
};

const answerFields = {
  index: int32,
  errorCode: int16,
  baseOffset: int64,
  logAppendTimeMs: withDefault(NO_TIMESTAMP, int64),
  logStartOffset: withDefault(-1, since(5, int64)),
  recordErrors: withDefault(
    [],
    since(8, array(struct({ batchIndex: int32, message: withDefault(null, nullableString) }))),
  ),
  errorMessage: withDefault(null, since(8, nullableString)),
  currentLeader: currentLeaderField({ tag: 0, since: FIRST_VERSION_WITH_LEADER_HINTS }),
};
const response = struct({
  topics: array(
    struct({
      name: until(LAST_VERSION_BY_NAME, string),
      topicId: since(13, uuid),
      partitions: array(struct(answerFields)),
    }),
  ),
  throttleTimeMs: withDefault(0, int32),
  nodeEndpoints: nodeEndpointsField({ tag: 0, since: FIRST_VERSION_WITH_LEADER_HINTS }),
});
type Answer = Encodable<typeof answerFields>;
type ProduceRequest = Decoded<typeof requestFields>;

/** What becomes of one partition's batch, and the partition if it has new records. */
function produceTo(
  target: Pick<IncomingRecords, 'records'> & {
    readonly topic: Topic | undefined;
    readonly isByName: boolean;
    readonly index: number;
  },
  request: ProduceRequest,
  context: RequestContext,
): { readonly answer: Answer; readonly partition: Partition | undefined } {
  const { topic, index, records: batch } = target;
  const partition = topic?.partitions[index];
  const result = attempt(() => {
    if (!topic || !partition) {
      const isUnknownId = !topic && !target.isByName;
      throw new KafkaError(
        isUnknownId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION',
        'This server does not host this topic-partition.',
      );
    }
    const { node, version } = context;
    return appendRecords({
      topic,
      partition,
      records: batch,
      node,
      acks: request.acks,
      mayUseZstd: version >= FIRST_VERSION_WITH_ZSTD,
    });
  });
  if (!('error' in result))
    return { answer: { index, errorCode: errorCodes.NONE, ...result.value }, partition };
  const { code, message } = result.error;
  const movedTo = code === errorCodes.NOT_LEADER_OR_FOLLOWER ? partition : undefined;
  const leader = movedTo && currentLeader(movedTo);
  return {
    answer: { index, errorCode: code, baseOffset: -1, errorMessage: message, currentLeader: leader },
    partition: undefined,
  };
}

function hasTransactionalBatch(request: ProduceRequest): boolean {
  return request.topics.some(({ partitions }) =>
    partitions.some(({ records: batch }) => isTransactional(batch)),
  );
}

function refuseAll(request: ProduceRequest, errorCode: number) {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
    })),
  };
}

export const produceApi: Api = defineApi({
  name: 'Produce',
  versions: [3, 13],
  flexibleFrom: 9,
  request: struct(requestFields),
  response,
  handle(request, context) {
    // Without a transaction to belong to, that is for want of a right to one.
    if (request.transactionalId === null && hasTransactionalBatch(request)) {
      return refuseAll(request, errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }
    if (request.acks < -1 || request.acks > 1) return refuseAll(request, errorCodes.INVALID_REQUIRED_ACKS);
    const touched: Partition[] = [];
    const isByName = context.version <= LAST_VERSION_BY_NAME;
    let hasError = false;
    const topics = request.topics.map((asked) => {
      const topic = topicOf(context, asked, isByName);
      const partitions = asked.partitions.map(({ index, records: batch }) => {
        const { answer, partition } = produceTo({ topic, isByName, index, records: batch }, request, context);
        if (partition) touched.push(partition);
        hasError ||= answer.errorCode !== errorCodes.NONE;
        return answer;
      });
      return { name: asked.name, topicId: asked.topicId, partitions };
    });
    for (const partition of touched) partition.wake();
    // Nobody waits for an answer, so a closed connection is the only way to tell of an error; Kafka does the same.
    if (request.acks === 0 && hasError) throw new WireError('a produce request with acks=0 failed');
    if (request.acks === 0) return undefined;
    return { topics, nodeEndpoints: hasError ? nodeEndpoints(context.cluster, topics) : undefined };
  },
  refuse: refuseAll,
});
