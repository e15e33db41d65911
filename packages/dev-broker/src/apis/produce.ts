/**
 * Produce: one record batch per partition into the log.
 *
 * Owns: the checks in Kafka's order (ReplicaManager, UnifiedLog, LogValidator, ProducerStateManager).
 * Must not know: how records are stored. Readers are woken once all partitions of the request are appended.
 */
import type { Partition } from '../cluster/partition.js';
import type { Topic } from '../cluster/topic.js';
import { recordsOf } from '../log/batch-records.js';
import {
  type BatchHeader,
  checkCrc,
  isTransactional,
  readBatchHeader,
  singleBatch,
} from '../log/record-batch.js';
import { errorCodes } from '../protocol/error-codes.js';
import { attempt, KafkaError } from '../protocol/kafka-error.js';
import { type Api, defineApi, type RequestContext } from '../server/api.js';
import { array, int16, int32, int64, nullableString, records, string, uuid } from '../wire/primitives.js';
import { type Decoded, type Encodable, struct } from '../wire/struct.js';
import { WireError } from '../wire/wire-error.js';
import { since, until, withDefault } from '../wire/wire-type.js';
import { currentLeader, currentLeaderField, nodeEndpoints, nodeEndpointsField } from './leader-hints.js';
import { topicOf } from './topic-reference.js';

const FIRST_VERSION_WITH_ZSTD = 7;
const FIRST_VERSION_WITH_LEADER_HINTS = 10;
const ZSTD = 4;
const NO_TIMESTAMP = -1;

const partitionFields = { index: int32, records };
const topicFields = {
  name: until(12, string),
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
    struct({ name: until(12, string), topicId: since(13, uuid), partitions: array(struct(answerFields)) }),
  ),
  throttleTimeMs: withDefault(0, int32),
  nodeEndpoints: nodeEndpointsField({ tag: 0, since: FIRST_VERSION_WITH_LEADER_HINTS }),
});
type Answer = Encodable<typeof answerFields>;
type ProduceRequest = Decoded<typeof requestFields>;

/** A batch on its way into a partition. */
interface Incoming {
  readonly topic: Topic;
  readonly partition: Partition;
  readonly batch: Buffer;
  readonly header: BatchHeader;
}

function checkLeader({ partition, topic }: Incoming, acks: number, context: RequestContext): void {
  if (topic.isInternal) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Cannot append to internal topic ${topic.name}`);
  }
  if (partition.leaderId !== context.node.id) {
    throw new KafkaError(
      'NOT_LEADER_OR_FOLLOWER',
      `Leader of ${topic.name}-${partition.index} is node ${partition.leaderId}`,
    );
  }
  // A topic with fewer replicas than it demands would be of no use (Partition.effectiveMinIsr).
  const needed = Math.min(topic.limits.minInsyncReplicas, partition.replicas.length);
  const inSync = partition.inSyncReplicas().length;
  if (acks === -1 && inSync < needed) {
    throw new KafkaError(
      'NOT_ENOUGH_REPLICAS',
      `The size of the current ISR is ${inSync}, min.insync.replicas is ${needed}`,
    );
  }
}

function checkBatch({ header, batch, topic }: Incoming, nowMs: number): void {
  if (header.baseOffset !== 0) {
    throw new KafkaError(
      'INVALID_RECORD',
      `The base offset of a record batch should be 0, but it is ${header.baseOffset}`,
    );
  }
  if (header.sizeBytes > topic.limits.maxMessageBytes) {
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size is ${header.sizeBytes} bytes, max.message.bytes of ${topic.name} is ${topic.limits.maxMessageBytes}`,
    );
  }
  checkCrc(batch);
  if (header.recordCount <= 0 || header.lastOffsetDelta !== header.recordCount - 1) {
    throw new KafkaError(
      'INVALID_RECORD',
      `${header.recordCount} records with a last offset of ${header.lastOffsetDelta}`,
    );
  }
  if (header.isControl)
    throw new KafkaError('INVALID_RECORD', 'Clients are not allowed to write control records');
  if (header.isTransactional) throw new KafkaError('INVALID_TXN_STATE', 'This broker has no transactions');
  if (header.producerId >= 0 && header.baseSequence < 0) {
    throw new KafkaError('INVALID_RECORD', `Invalid sequence number ${header.baseSequence}`);
  }
  if (!topic.limits.usesLogAppendTime) checkTimestamps(header, topic, nowMs);
  if (topic.limits.isCompacted && recordsOf(batch, header)?.some((record) => !record.hasKey)) {
    throw new KafkaError(
      'INVALID_RECORD',
      `Compacted topic cannot accept message without key in topic ${topic.name}`,
    );
  }
}

function checkTimestamps(header: BatchHeader, topic: Topic, nowMs: number): void {
  const { timestampAfterMaxMs, timestampBeforeMaxMs } = topic.limits;
  const isLate = header.baseTimestamp >= 0 && nowMs - header.baseTimestamp > timestampBeforeMaxMs;
  if (isLate || header.maxTimestamp - nowMs > timestampAfterMaxMs) {
    throw new KafkaError(
      'INVALID_TIMESTAMP',
      `Timestamps from ${header.baseTimestamp} to ${header.maxTimestamp} are out of range; the broker's time is ${nowMs}`,
    );
  }
}

function append(incoming: Incoming, nowMs: number): Answer {
  const { partition, header, topic, batch } = incoming;
  const { index, log, producers, leaderEpoch } = partition;
  checkBatch(incoming, nowMs);
  const isIdempotent = header.producerId >= 0;
  const earlier = isIdempotent ? producers.check(header) : undefined;
  if (earlier) {
    // Sent again because an answer was lost: acknowledged as the first time, appended only once.
    return {
      index,
      errorCode: errorCodes.NONE,
      baseOffset: earlier.baseOffset,
      logAppendTimeMs: earlier.timestamp,
      logStartOffset: log.startOffset,
    };
  }
  const appendTimestamp = topic.limits.usesLogAppendTime ? nowMs : undefined;
  const baseOffset = log.append(batch, { leaderEpoch, appendTimestamp });
  if (isIdempotent) producers.record(header, baseOffset, appendTimestamp ?? header.maxTimestamp);
  return {
    index,
    errorCode: errorCodes.NONE,
    baseOffset,
    logAppendTimeMs: appendTimestamp ?? NO_TIMESTAMP,
    logStartOffset: log.startOffset,
  };
}

/** What one partition's batch meets, and the partition if it has new records. */
function produceTo(
  target: {
    readonly topic: Topic | undefined;
    readonly isByName: boolean;
    readonly index: number;
    readonly records: Buffer | null;
  },
  request: ProduceRequest,
  context: RequestContext,
): { readonly answer: Answer; readonly partition: Partition | undefined } {
  const { topic, index } = target;
  const partition = topic?.partitions[index];
  const result = attempt(() => {
    if (!topic || !partition) {
      const isUnknownId = !topic && !target.isByName;
      throw new KafkaError(
        isUnknownId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION',
        'This server does not host this topic-partition.',
      );
    }
    const batch = singleBatch(target.records);
    const header = readBatchHeader(batch);
    if (header.compression === ZSTD && context.version < FIRST_VERSION_WITH_ZSTD) {
      throw new KafkaError(
        'UNSUPPORTED_COMPRESSION_TYPE',
        `Produce requests with version ${context.version} may not use zstd`,
      );
    }
    const incoming = { topic, partition, batch, header };
    checkLeader(incoming, request.acks, context);
    return append(incoming, Date.now());
  });
  if (!('error' in result)) return { answer: result.value, partition };
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
    const isByName = context.version <= 12;
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
