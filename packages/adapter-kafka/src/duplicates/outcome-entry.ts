/** The record of an outcome on its way to the brokers. */
import type { OutgoingRecord } from '@trpc-kafka/core';
import type { BatchEntry } from '@trpc-kafka/core/internal';

/** As the batcher sees it. */
export class OutcomeEntry implements BatchEntry {
  readonly bytes: number;
  readonly delivered: () => void;
  readonly failed: (error: Error) => void;
  private readonly record: OutgoingRecord;

  constructor(record: OutgoingRecord, delivered: () => void, failed: (error: Error) => void) {
    this.record = record;
    this.bytes = 512 + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    this.delivered = delivered;
    this.failed = failed;
  }

  toRecord(): OutgoingRecord {
    return this.record;
  }
}
