/**
 * The header of a record batch (magic 2): reading it, checking it, stamping it.
 *
 * Owns: the 61 bytes of KIP-98's batch header. Must not know: partitions, producers, what is inside the
 * records. The broker keeps batches as they came, compressed or not, as a real one does.
 */
import { KafkaError } from '../protocol/kafka-error.js';
import { crc32c } from '../wire/crc32c.js';

const BATCH_LENGTH_AT = 8;
const LEADER_EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const BASE_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const PRODUCER_EPOCH_AT = 51;
const BASE_SEQUENCE_AT = 53;
const RECORD_COUNT_AT = 57;
/** Where the records begin. */
export const RECORDS_AT = 61;
/** Base offset and length, which the batch length does not count. */
const LOG_OVERHEAD_BYTES = 12;

const LOG_APPEND_TIME_BIT = 0x08;
const TRANSACTIONAL_BIT = 0x10;
const CONTROL_BIT = 0x20;

/** What the broker needs to know of a batch. */
export interface BatchHeader {
  readonly sizeBytes: number;
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly recordCount: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly compression: number;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** What the broker writes into a batch it accepts. */
export interface BatchStamp {
  readonly baseOffset: number;
  readonly leaderEpoch: number;
  /** Given on topics with `message.timestamp.type=LogAppendTime`; undefined keeps the producer's times. */
  readonly appendTimestamp: number | undefined;
}

function int64At(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

/** The single batch a producer may send per partition (KIP-98; ProduceRequest.validateRecords). */
export function singleBatch(records: Buffer | null): Buffer {
  const sizeBytes =
    records === null || records.length < MAGIC_AT + 1
      ? Number.POSITIVE_INFINITY
      : records.readInt32BE(BATCH_LENGTH_AT) + LOG_OVERHEAD_BYTES;
  if (records === null || sizeBytes > records.length) {
    throw new KafkaError('INVALID_RECORD', 'a produce request must have a whole record batch per partition');
  }
  if (records[MAGIC_AT] !== 2) {
    throw new KafkaError(
      'INVALID_RECORD',
      `record batches must have magic version 2, not ${records[MAGIC_AT]}`,
    );
  }
  if (sizeBytes < RECORDS_AT) {
    throw new KafkaError(
      'CORRUPT_MESSAGE',
      `a record batch of ${sizeBytes} bytes is shorter than its header`,
    );
  }
  if (sizeBytes < records.length) {
    throw new KafkaError(
      'INVALID_RECORD',
      'a produce request must have exactly one record batch per partition',
    );
  }
  return records;
}

/** Whether records, checked or not, claim to be part of a transaction. */
export function isTransactional(records: Buffer | null): boolean {
  return (
    records !== null &&
    records.length >= RECORDS_AT &&
    (records[ATTRIBUTES_AT + 1]! & TRANSACTIONAL_BIT) !== 0
  );
}

export function readBatchHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  return {
    sizeBytes: batch.length,
    baseOffset: int64At(batch, 0),
    lastOffsetDelta: batch.readInt32BE(LAST_OFFSET_DELTA_AT),
    recordCount: batch.readInt32BE(RECORD_COUNT_AT),
    compression: attributes & 0x07,
    isLogAppendTime: (attributes & LOG_APPEND_TIME_BIT) !== 0,
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    baseTimestamp: int64At(batch, BASE_TIMESTAMP_AT),
    maxTimestamp: int64At(batch, MAX_TIMESTAMP_AT),
    producerId: int64At(batch, PRODUCER_ID_AT),
    producerEpoch: batch.readInt16BE(PRODUCER_EPOCH_AT),
    baseSequence: batch.readInt32BE(BASE_SEQUENCE_AT),
  };
}

/** The checksum covers everything from the attributes on. */
export function checkCrc(batch: Buffer): void {
  const stored = batch.readUInt32BE(CRC_AT);
  const computed = crc32c(batch, ATTRIBUTES_AT);
  if (stored !== computed) {
    throw new KafkaError('CORRUPT_MESSAGE', `record batch has CRC ${stored}, computed ${computed}`);
  }
}

/** A copy of the batch as it is kept: the offset given, the leader's epoch and, where asked, the append time. */
export function stampBatch(batch: Buffer, stamp: BatchStamp): Buffer {
  // Copied because the request's frame may be a slice of a far larger socket buffer.
  const kept = Buffer.from(batch);
  writeInt64(kept, 0, stamp.baseOffset);
  kept.writeInt32BE(stamp.leaderEpoch, LEADER_EPOCH_AT);
  const attributes = kept.readInt16BE(ATTRIBUTES_AT);
  if (stamp.appendTimestamp !== undefined) {
    kept.writeInt16BE(attributes | LOG_APPEND_TIME_BIT, ATTRIBUTES_AT);
    writeInt64(kept, MAX_TIMESTAMP_AT, stamp.appendTimestamp);
  } else if ((attributes & LOG_APPEND_TIME_BIT) !== 0) {
    // Only the broker may say so.
    kept.writeInt16BE(attributes & ~LOG_APPEND_TIME_BIT, ATTRIBUTES_AT);
  } else {
    return kept;
  }
  kept.writeUInt32BE(crc32c(kept, ATTRIBUTES_AT), CRC_AT);
  return kept;
}

function writeInt64(bytes: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}
