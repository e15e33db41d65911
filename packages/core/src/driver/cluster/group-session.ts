/**
 * One life of a member of a group: from its start until it stops or dies.
 * Owns: what a group asks of it and is told by it. Must not know: how a client joins and reads, policies.
 */
import type { AssignedPartition, CommitOffset, GroupConsumerOptions } from '../group-consumer.js';
import type { RawFetchedMessage } from './broker-requests.js';
import type { FoundPartition } from './owned-partitions.js';
import type { Ownership } from './sticky-assignment.js';

/** A membership as the coordinator gave it. */
export interface Membership {
  readonly memberId: string;
  readonly generation: number;
  readonly partitions: readonly number[];
}

/** What a session tells. */
export interface GroupSessionListener {
  /** The group is about to be joined, again or for the first time: the last moment to commit in the old generation. */
  beforeJoin(): Promise<void>;
  rebalancing(): void;
  joined(membership: Membership): void;
  /** Records; resolves true when they were taken, false when they are to be fetched again. */
  batch(batch: FetchedBatch): Promise<boolean>;
  /** The broker no longer has the offset that was asked for. */
  offsetLost(partition: number): void;
  /** The coordinator cannot be asked. */
  interrupted(error: unknown): void;
  /** A heartbeat was answered: the member still is one, in this generation. */
  confirmed(generation: number): void;
  died(error: Error): void;
}

/** A topic that was just created is unknown to some brokers for a moment. */
export const missingGraceMs = 1000;
/** How long a coordinator waits for a silent member, unless told otherwise. */
export const defaultSessionTimeoutMs = 6000;

/** What was fetched of a partition. */
export interface FetchedBatch {
  readonly partition: number;
  readonly messages: readonly RawFetchedMessage[];
  readonly highWatermark: string;
}

/** What a session needs. */
export interface GroupSessionOptions {
  readonly group: GroupConsumerOptions;
  readonly ownership: () => Ownership;
  /** The member that an earlier session was, if it was one: this session goes on as the same. */
  readonly rejoinAs: string | undefined;
  readonly listener: GroupSessionListener;
}

/** A running session. */
export interface GroupSession {
  readonly brokersTried: ReadonlySet<string>;
  /** The id by which the group knows the member, as soon as it was given one. */
  readonly memberId: string | undefined;
  /** When the client last showed that it is alive, in ms of `Date.now()`. */
  readonly aliveMs: number;
  readonly isJoining: boolean;
  /** Connects, subscribes, runs. Rejects when that fails; what fails later is told to the listener. */
  start(): Promise<void>;
  /** What the group has committed, and where the partitions begin and end. */
  find(partitions: readonly number[]): Promise<readonly FoundPartition[]>;
  /** Positions are known: reading begins. A client that finds its own positions reads already. */
  read(positions: readonly AssignedPartition[]): void;
  commit(membership: Membership, offsets: readonly CommitOffset[]): Promise<void>;
  /** Whether no other member can own the partitions: the session is not over at the coordinator, whatever the time. */
  isMember(): boolean;
  /** Sends a heartbeat without waiting for the client to do so, unless there was one of late. */
  confirmSoon(): void;
  pause(partitions: readonly number[]): void;
  resume(partitions: readonly number[]): void;
  /** Stops fetching, and leaves the group when it was joined. */
  leave(membership: Membership | undefined): Promise<void>;
  /** Cuts all connections. */
  close(): void;
}
