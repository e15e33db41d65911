/**
 * A classic consumer group: members, state, generation, protocol (ClassicGroup in Kafka).
 *
 * Owns: the data and the questions that can be answered from it alone. Must not know: timers of
 * rebalances, requests; the rules that move a group from state to state stand in rebalance.ts.
 */

import { createDeadline, type Deadline } from '../util/deadline.js';
import { type CommittedOffsets, createCommittedOffsets } from './committed-offsets.js';
import { type GroupMember, type MemberProtocol, metadataFor } from './group-member.js';

/** As DescribeGroups spells it. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

export interface Group {
  readonly id: string;
  state: GroupState;
  /** Where the group came from into PreparingRebalance: the first rebalance of an empty group waits for its delay. */
  isInitialRebalance: boolean;
  /** A member came while the initial rebalance waited, so it waits on. */
  newMemberAdded: boolean;
  generationId: number;
  protocolType: string | null;
  protocolName: string | null;
  leaderId: string | null;
  readonly members: Map<string, GroupMember>;
  /** Static members: instance id to member id (KIP-345). */
  readonly staticMembers: Map<string, string>;
  /** Ids that were handed out with MEMBER_ID_REQUIRED and have not joined yet (KIP-394). */
  readonly pendingMembers: Map<string, Deadline>;
  /** Members of this generation that have not sent their SyncGroup. */
  readonly pendingSync: Set<string>;
  readonly offsets: CommittedOffsets;
  readonly joinDeadline: Deadline;
  readonly syncDeadline: Deadline;
}

export function createGroup(id: string): Group {
  return {
    id,
    state: 'Empty',
    isInitialRebalance: false,
    newMemberAdded: false,
    generationId: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    members: new Map(),
    staticMembers: new Map(),
    pendingMembers: new Map(),
    pendingSync: new Set(),
    offsets: createCommittedOffsets(),
    joinDeadline: createDeadline(),
    syncDeadline: createDeadline(),
  };
}

export function addMember(group: Group, member: GroupMember): void {
  if (group.members.size === 0) group.protocolType = member.protocolType;
  group.leaderId ??= member.memberId;
  group.members.set(member.memberId, member);
  if (member.instanceId !== null) group.staticMembers.set(member.instanceId, member.memberId);
  dropPendingMember(group, member.memberId);
}

/** Takes a member out; the leader's place goes to one that is awaiting its join, or to any. */
export function dropMember(group: Group, member: GroupMember): void {
  member.session.clear();
  group.members.delete(member.memberId);
  group.pendingSync.delete(member.memberId);
  if (member.instanceId !== null && group.staticMembers.get(member.instanceId) === member.memberId) {
    group.staticMembers.delete(member.instanceId);
  }
  if (group.leaderId === member.memberId) group.leaderId = group.members.keys().next().value ?? null;
}

export function dropPendingMember(group: Group, memberId: string): boolean {
  group.pendingMembers.get(memberId)?.clear();
  return group.pendingMembers.delete(memberId);
}

/** Protocols that every member offers. */
function candidateProtocols(group: Group): ReadonlySet<string> {
  const [first, ...others] = [...group.members.values()];
  const offered = first?.terms.protocols.map((protocol) => protocol.name) ?? [];
  return new Set(
    offered.filter((name) => others.every((other) => other.terms.protocols.some((p) => p.name === name))),
  );
}

/** Each member votes for the first of its protocols that all members offer. */
export function selectProtocol(group: Group): string | null {
  const candidates = candidateProtocols(group);
  const votes = new Map<string, number>();
  for (const member of group.members.values()) {
    const choice = member.terms.protocols.find((protocol) => candidates.has(protocol.name));
    if (choice) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
  }
  let winner: string | null = null;
  for (const [name, count] of votes) if (winner === null || count > votes.get(winner)!) winner = name;
  return winner;
}

/** Whether a member with these protocols can be one of the group. */
export function supportsProtocols(
  group: Group,
  protocolType: string,
  protocols: readonly MemberProtocol[],
): boolean {
  if (protocolType === '' || protocols.length === 0) return false;
  if (group.members.size === 0) return true;
  if (group.protocolType !== protocolType) return false;
  const candidates = candidateProtocols(group);
  return protocols.some((protocol) => candidates.has(protocol.name));
}

export function hasAllMembersJoined(group: Group): boolean {
  if (group.pendingMembers.size > 0) return false;
  for (const member of group.members.values()) if (!member.awaitingJoin) return false;
  return true;
}

/** How long a rebalance waits for the slowest member. */
export function rebalanceTimeoutMs(group: Group): number {
  let longest = 0;
  for (const member of group.members.values()) longest = Math.max(longest, member.terms.rebalanceTimeoutMs);
  return longest;
}

/** What the leader gets to see of the members. */
export function memberList(
  group: Group,
): { memberId: string; groupInstanceId: string | null; metadata: Buffer }[] {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    metadata: metadataFor(member, group.protocolName),
  }));
}
