/** A one-way call on its way to the brokers, settled by their confirmation. */
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import type { BatchEntry, BatchPartitions } from '@trpc-kafka/core/internal';
import { type PreparedRecord, toOutgoing } from '../requests/prepared-record.js';

/** A one-way call as the batcher sees it. */
export class OneWayEntry implements BatchEntry {
  private readonly record: PreparedRecord;
  private readonly resolve: (position: RecordPosition) => void;
  private readonly reject: (error: Error) => void;

  constructor(
    record: PreparedRecord,
    resolve: (position: RecordPosition) => void,
    reject: (error: Error) => void,
  ) {
    this.record = record;
    this.resolve = resolve;
    this.reject = reject;
  }

  get bytes(): number {
    return this.record.bytes;
  }

  toRecord(batch: BatchPartitions): OutgoingRecord {
    return toOutgoing(this.record, batch);
  }

  delivered(position: RecordPosition): void {
    this.resolve(position);
  }

  failed(error: Error): void {
    this.reject(error);
  }
}
