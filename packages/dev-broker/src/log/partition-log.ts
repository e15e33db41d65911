/**
 * The records of one partition: batches in memory, in offset order.
 *
 * Owns: offsets, reading, searching by time, trimming. Must not know: topics' settings, leaders, who
 * reads or writes. Replicas share one log, so the high watermark is always the end of the log.
 */
import { recordsOf } from './batch-records.js';
import { readBatchHeader, stampBatch } from './record-batch.js';

/** A batch at rest. */
interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly leaderEpoch: number;
  /** Bytes of all batches ever appended before this one. */
  readonly position: number;
  readonly bytes: Buffer;
}

/** How much to read and from where. */
export interface LogRead {
  readonly offset: number;
  readonly maxBytes: number;
  /** The first batch is returned whole even if it is larger than `maxBytes`, so that readers progress (KIP-74). */
  readonly minOneBatch: boolean;
}

/** A point in the log. */
export interface LogPoint {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

/** A batch as retention looks at it. */
export interface TrimCandidate {
  readonly maxTimestamp: number;
  /** What would be left in the log if the batch and all before it were gone. */
  readonly bytesBehind: number;
}

/** What an append needs to know beside the batch. */
export interface AppendOptions {
  readonly leaderEpoch: number;
  readonly appendTimestamp: number | undefined;
}

/** The log of a partition. */
export interface PartitionLog {
  /** The first offset that can still be read. */
  readonly startOffset: number;
  /** The offset the next record will get; also the high watermark. */
  readonly endOffset: number;
  readonly sizeBytes: number;
  /** Adds a checked batch and returns the offset of its first record. */
  append(batch: Buffer, options: AppendOptions): number;
  /** Batches from the one that holds `offset`; the last may be cut off where `maxBytes` ends, the first never. */
  read(options: LogRead): readonly Buffer[];
  /** Bytes that can be read from `offset` on, as a fetch's minimum counts them. */
  bytesFrom(offset: number): number;
  /** The first record with this timestamp or a later one. */
  findTimestamp(timestamp: number): LogPoint | undefined;
  /** The record with the latest timestamp (KIP-734). */
  findMaxTimestamp(): LogPoint | undefined;
  /** A leader's time begins. */
  beginEpoch(leaderEpoch: number): void;
  /** Where the given leader epoch, or the latest one before it, ended (KIP-101). */
  endOfEpoch(leaderEpoch: number): { readonly leaderEpoch: number; readonly endOffset: number };
  /** Forgets everything before an offset. */
  trimTo(offset: number): void;
  /** Drops batches from the front for as long as they are expired. */
  trimWhile(isExpired: (batch: TrimCandidate) => boolean): void;
}

class PartitionLogImpl implements PartitionLog {
  startOffset = 0;
  endOffset = 0;
  #batches: StoredBatch[] = [];
  readonly #epochs: { readonly leaderEpoch: number; readonly startOffset: number }[] = [];
  #endPosition = 0;

  get sizeBytes(): number {
    return this.#batches.length === 0 ? 0 : this.#endPosition - this.#batches[0]!.position;
  }

  append(batch: Buffer, options: AppendOptions): number {
    const baseOffset = this.endOffset;
    const bytes = stampBatch(batch, { baseOffset, ...options });
    const header = readBatchHeader(bytes);
    this.endOffset = baseOffset + header.lastOffsetDelta + 1;
    this.#batches.push({
      baseOffset,
      lastOffset: this.endOffset - 1,
      maxTimestamp: header.maxTimestamp,
      leaderEpoch: options.leaderEpoch,
      position: this.#endPosition,
      bytes,
    });
    this.#endPosition += bytes.length;
    return baseOffset;
  }

  read(options: LogRead): readonly Buffer[] {
    const found: Buffer[] = [];
    let left = options.maxBytes;
    for (let i = this.#indexOf(options.offset); i < this.#batches.length; i++) {
      const { bytes } = this.#batches[i]!;
      const isFirst = found.length === 0;
      if (bytes.length > left && !(isFirst && options.minOneBatch)) {
        // Kafka sends what fits of the next batch as well; readers know such an end and ask for it again.
        if (!isFirst && left > 0) found.push(bytes.subarray(0, left));
        break;
      }
      found.push(bytes);
      left -= bytes.length;
    }
    return found;
  }

  bytesFrom(offset: number): number {
    const first = this.#batches[this.#indexOf(offset)];
    return first === undefined ? 0 : this.#endPosition - first.position;
  }

  findTimestamp(timestamp: number): LogPoint | undefined {
    const batch = this.#batches.find((b) => b.maxTimestamp >= timestamp && b.lastOffset >= this.startOffset);
    return batch && pointIn(batch, (candidate) => candidate >= timestamp, this.startOffset);
  }

  findMaxTimestamp(): LogPoint | undefined {
    let latest: StoredBatch | undefined;
    for (const batch of this.#batches)
      if (!latest || batch.maxTimestamp > latest.maxTimestamp) latest = batch;
    if (latest === undefined) return undefined;
    const { maxTimestamp } = latest;
    return pointIn(latest, (candidate) => candidate >= maxTimestamp, this.startOffset);
  }

  beginEpoch(leaderEpoch: number): void {
    // Epochs in which nothing was written leave no trace, as in Kafka's LeaderEpochFileCache.
    while (this.#epochs.length > 0 && this.#epochs.at(-1)!.startOffset >= this.endOffset) this.#epochs.pop();
    this.#epochs.push({ leaderEpoch, startOffset: this.endOffset });
  }

  endOfEpoch(leaderEpoch: number): { readonly leaderEpoch: number; readonly endOffset: number } {
    const next = this.#epochs.findIndex((epoch) => epoch.leaderEpoch > leaderEpoch);
    if (next === 0) return { leaderEpoch, endOffset: this.#epochs[0]!.startOffset };
    if (next > 0) {
      return { leaderEpoch: this.#epochs[next - 1]!.leaderEpoch, endOffset: this.#epochs[next]!.startOffset };
    }
    const isCurrent = this.#epochs.at(-1)?.leaderEpoch === leaderEpoch;
    return isCurrent ? { leaderEpoch, endOffset: this.endOffset } : { leaderEpoch: -1, endOffset: -1 };
  }

  trimTo(offset: number): void {
    this.startOffset = Math.max(this.startOffset, offset);
    this.#batches.splice(0, this.#indexOf(this.startOffset));
  }

  trimWhile(isExpired: (batch: TrimCandidate) => boolean): void {
    let expired: StoredBatch | undefined;
    for (const batch of this.#batches) {
      const bytesBehind = this.#endPosition - batch.position - batch.bytes.length;
      if (!isExpired({ maxTimestamp: batch.maxTimestamp, bytesBehind })) break;
      expired = batch;
    }
    if (expired) this.trimTo(expired.lastOffset + 1);
  }

  /** The index of the batch that holds an offset, or the number of batches if none does. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function pointIn(batch: StoredBatch, matches: (timestamp: number) => boolean, startOffset: number): LogPoint {
  const header = readBatchHeader(batch.bytes);
  const point = (offsetDelta: number, timestamp: number): LogPoint => ({
    offset: Math.max(batch.baseOffset + offsetDelta, startOffset),
    timestamp,
    leaderEpoch: batch.leaderEpoch,
  });
  // With append time all records of a batch have the batch's time.
  if (header.isLogAppendTime) return point(0, header.maxTimestamp);
  const record = recordsOf(batch.bytes, header)?.find(
    (r) => matches(r.timestamp) && batch.baseOffset + r.offsetDelta >= startOffset,
  );
  return record ? point(record.offsetDelta, record.timestamp) : point(0, header.baseTimestamp);
}

/** An empty log. */
export function createPartitionLog(): PartitionLog {
  return new PartitionLogImpl();
}
