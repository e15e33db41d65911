/**
 * A member of a group: who it is, what it supports, which of its requests is still unanswered.
 *
 * Owns: the record and its session. Must not know: the group's state.
 */
import { createDeadline, type Deadline } from '../util/deadline.js';

/** An assignment strategy a member offers, with the subscription in its metadata. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** Who joins and on what terms. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
}

/** The terms, which each JoinGroup may change. */
export interface MemberTerms {
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly MemberProtocol[];
}

export interface JoinResult {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

export interface SyncResult {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

export type JoinCallback = (result: JoinResult) => void;
export type SyncCallback = (result: SyncResult) => void;

export interface GroupMember extends MemberIdentity {
  terms: MemberTerms;
  assignment: Buffer;
  /** Until its first rebalance is over: it does not know its id yet, so it cannot send heartbeats. */
  isNew: boolean;
  awaitingJoin: JoinCallback | undefined;
  awaitingSync: SyncCallback | undefined;
  readonly session: Deadline;
}

export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0);

export function createGroupMember(identity: MemberIdentity, terms: MemberTerms): GroupMember {
  return {
    ...identity,
    terms,
    assignment: NO_ASSIGNMENT,
    isNew: true,
    awaitingJoin: undefined,
    awaitingSync: undefined,
    session: createDeadline(),
  };
}

/** Whether a member joins again with exactly what it offered before. */
export function offersSame(member: GroupMember, protocols: readonly MemberProtocol[]): boolean {
  const own = member.terms.protocols;
  return (
    own.length === protocols.length &&
    own.every(
      (protocol, i) =>
        protocol.name === protocols[i]!.name && protocol.metadata.equals(protocols[i]!.metadata),
    )
  );
}

export function metadataFor(member: GroupMember, protocolName: string | null): Buffer {
  return member.terms.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? NO_ASSIGNMENT;
}
