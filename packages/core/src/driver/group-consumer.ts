/**
 * The part of the driver seam that reads topics as a member of a consumer group.
 * The policy (what may be committed, and when) belongs to the caller; the mechanics of rebalances belong to the driver.
 */
import type { FetchedRecords } from './record.js';

/** How a group is joined and read. */
export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topic: string;
  /**
   * Receives records in order, per partition. Called synchronously from the fetch loop and never awaited:
   * it files the records and returns. Records below the next offset of a partition that stayed are left out.
   */
  readonly onRecords: (records: FetchedRecords) => void;
  /** Told before the first record of a new assignment; partitions that stayed are marked `kept`. */
  readonly onAssigned: (partitions: readonly AssignedPartition[]) => void;
  /** Told when a rebalance, or a lost session, took partitions away. Their queued records are to be dropped. */
  readonly onRevoked: (partitions: readonly number[]) => void;
  /**
   * Asked by the driver for what may be committed. `rebalance`: the group is about to be reassigned, this is the last
   * commit of the generation; until the next `onAssigned` no other commit is made. Offsets are those of the next record to read.
   * The driver leaves out partitions it does not own and never goes back.
   */
  readonly offsetsToCommit: (moment: CommitMoment) => readonly CommitOffset[];
  /** @default 1000 */
  readonly commitIntervalMs?: number;
  /** How long brokers wait for a silent member. @default 6000 */
  readonly sessionTimeoutMs?: number;
  /** @default 500 */
  readonly heartbeatIntervalMs?: number;
  /** Longest time a fetch waits at the broker; bounds how soon a rebalance is noticed. @default 300 */
  readonly maxWaitTimeMs?: number;
}

/** Why the driver asks for offsets. */
export type CommitMoment = 'interval' | 'rebalance' | 'leave';

/** An offset to commit: everything below it is settled. */
export interface CommitOffset {
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
}

/** A partition as it was when it was assigned. */
export interface AssignedPartition {
  readonly partition: number;
  /** The next offset that will be delivered. */
  readonly position: number;
  /** What the group had committed, `undefined` when nothing. */
  readonly committed: { readonly offset: number; readonly metadata: string } | undefined;
  /** The partition's end when it was assigned: records below it may have been read by an earlier owner. */
  readonly endOffset: number;
  /** True when this member owned it before the rebalance as well. */
  readonly kept: boolean;
}

/** A membership in a consumer group. */
export interface GroupConsumer {
  /** Resolves when joined and positioned for the first time, even with no partition; rejects when that can never be. */
  readonly ready: Promise<void>;
  /** The partitions owned now. */
  assignment(): readonly number[];
  /** Stops fetching the partitions until `resume`. Records already fetched may still arrive. */
  pause(partitions: readonly number[]): void;
  resume(partitions: readonly number[]): void;
  /**
   * Commits what `offsetsToCommit('interval')` answers, now. True when the brokers have it, also by an earlier commit;
   * false when they do not: no member yet, a rebalance under way, a failure.
   */
  commit(): Promise<boolean>;
  /** Stops fetching, commits what `offsetsToCommit('leave')` answers, leaves the group. No record is delivered afterwards. */
  leave(): Promise<void>;
}
