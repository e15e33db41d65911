/**
 * Appending what a producer sent to a partition, or refusing it.
 *
 * Owns: the checks, in Kafka's order (ReplicaManager, UnifiedLog, LogValidator, ProducerStateManager).
 * Must not know: requests, how records are stored. Waking readers is left to the caller, who may have more to append.
 */
import { recordsOf } from '../log/batch-records.js';
import { type BatchHeader, checkCrc, readBatchHeader, singleBatch } from '../log/record-batch.js';
import { KafkaError } from '../protocol/kafka-error.js';
import type { BrokerNode } from './broker-node.js';
import type { Partition } from './partition.js';
import type { Topic } from './topic.js';

const ZSTD = 4;
const NO_TIMESTAMP = -1;

/** Records on their way into a partition. */
export interface IncomingRecords {
  readonly topic: Topic;
  readonly partition: Partition;
  readonly records: Buffer | null;
  /** The node that was asked. */
  readonly node: BrokerNode;
  readonly acks: number;
  /** False for producers of a time when zstd was not known. */
  readonly mayUseZstd: boolean;
}

/** Where they are now. */
export interface Appended {
  readonly baseOffset: number;
  /** -1 where the producer's times are kept. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

/** The parts a batch is checked by. */
interface Checked {
  readonly topic: Topic;
  readonly batch: Buffer;
  readonly header: BatchHeader;
}

/** Appends one batch, or recognises it as appended before. Throws a KafkaError for anything Kafka would not take. */
export function appendRecords(incoming: IncomingRecords): Appended {
  const { topic, partition } = incoming;
  const batch = singleBatch(incoming.records);
  const header = readBatchHeader(batch);
  if (header.compression === ZSTD && !incoming.mayUseZstd) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', 'Produce requests of this version may not use zstd');
  }
  checkLeader(incoming);
  const nowMs = Date.now();
  checkBatch({ topic, batch, header });
  checkRecords({ topic, batch, header }, nowMs);
  const isIdempotent = header.producerId >= 0;
  const earlier = isIdempotent ? partition.producers.check(header) : undefined;
  const { log, leaderEpoch, producers } = partition;
  if (earlier) {
    // Sent again because an answer was lost: acknowledged as the first time, appended only once.
    return {
      baseOffset: earlier.baseOffset,
      logAppendTimeMs: earlier.timestamp,
      logStartOffset: log.startOffset,
    };
  }
  const appendTimestamp = topic.limits.usesLogAppendTime ? nowMs : undefined;
  const baseOffset = log.append(batch, { leaderEpoch, appendTimestamp });
  if (isIdempotent) producers.record(header, baseOffset, appendTimestamp ?? header.maxTimestamp);
  return { baseOffset, logAppendTimeMs: appendTimestamp ?? NO_TIMESTAMP, logStartOffset: log.startOffset };
}

function checkLeader({ partition, topic, acks, node }: IncomingRecords): void {
  if (topic.isInternal) {
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Cannot append to internal topic ${topic.name}`);
  }
  if (partition.leaderId !== node.id) {
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

function checkBatch({ header, batch, topic }: Checked): void {
  const { maxMessageBytes } = topic.limits;
  if (header.baseOffset !== 0) {
    throw new KafkaError(
      'INVALID_RECORD',
      `The base offset of a record batch should be 0, but it is ${header.baseOffset}`,
    );
  }
  if (header.sizeBytes > maxMessageBytes) {
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size is ${header.sizeBytes} bytes, max.message.bytes of ${topic.name} is ${maxMessageBytes}`,
    );
  }
  checkCrc(batch);
}

function checkRecords({ header, batch, topic }: Checked, nowMs: number): void {
  const refuse = (why: string): never => {
    throw new KafkaError('INVALID_RECORD', `${why} in topic ${topic.name}`);
  };
  if (header.recordCount <= 0 || header.lastOffsetDelta !== header.recordCount - 1) {
    refuse(`A batch of ${header.recordCount} records ends with offset ${header.lastOffsetDelta}`);
  }
  if (header.isControl) refuse('Clients are not allowed to write control records');
  if (header.isTransactional) throw new KafkaError('INVALID_TXN_STATE', 'This broker has no transactions');
  if (header.producerId >= 0 && header.baseSequence < 0) {
    refuse(`Invalid sequence number ${header.baseSequence} of producer ${header.producerId}`);
  }
  if (!topic.limits.usesLogAppendTime) checkTimestamps(header, topic, nowMs);
  if (topic.limits.isCompacted && recordsOf(batch, header)?.some((record) => !record.hasKey)) {
    refuse('Compacted topic cannot accept message without key');
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
