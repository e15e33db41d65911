/** One copy of a question, for the server instances whose inboxes are in one partition of the control topic. */
import type { OutgoingRecord } from '@trpc-kafka/core';
import type { BatchEntry } from '@trpc-kafka/core/internal';

/** What is written to every partition. */
export interface QuestionRecord {
  readonly value: string | Buffer;
  /** Estimated size on the wire. */
  readonly bytes: number;
  readonly headers: Record<string, string>;
}

/** Who follows the copies of a question. */
export interface QuestionFollower {
  /** False when nobody waits for answers any more. */
  isWanted(): boolean;
  /** A copy is being written: from now on an instance may know of the question. */
  handedOver(): void;
  delivered(): void;
  failed(error: Error): void;
}

/** A copy as the batcher sees it. */
export class QuestionCopy implements BatchEntry {
  private readonly record: QuestionRecord;
  private readonly to: { readonly topic: string; readonly partition: number };
  private readonly follower: QuestionFollower;

  constructor(
    record: QuestionRecord,
    to: { readonly topic: string; readonly partition: number },
    follower: QuestionFollower,
  ) {
    this.record = record;
    this.to = to;
    this.follower = follower;
  }

  get bytes(): number {
    return this.record.bytes;
  }

  toRecord(): OutgoingRecord | undefined {
    if (!this.follower.isWanted()) return undefined;
    this.follower.handedOver();
    return { ...this.to, key: null, value: this.record.value, headers: this.record.headers };
  }

  delivered(): void {
    this.follower.delivered();
  }

  failed(error: Error): void {
    this.follower.failed(error);
  }
}
