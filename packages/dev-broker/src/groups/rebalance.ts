/**
 * The life of a rebalance: prepare, wait for the members, complete, hand out assignments, expire.
 *
 * Owns: every change of a group's state (GroupMetadataManager in Kafka, whose rules and order these are).
 * Must not know: requests. Timers exist only where the protocol has them: sessions, the join and sync
 * phases, the initial delay.
 */
import type { BrokerSettings } from '../options.js';
import { errorCodes } from '../protocol/error-codes.js';
import {
  dropMember,
  dropPendingMember,
  type Group,
  hasAllMembersJoined,
  memberList,
  rebalanceTimeoutMs,
  selectProtocol,
} from './group.js';
import { type GroupMember, type JoinResult, NO_ASSIGNMENT } from './group-member.js';

/** A new member that waits in its first JoinGroup longer than this is given up; it may come again. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;

/** An answer to JoinGroup that tells no more than an error. */
export function refusedJoin(errorCode: number, memberId: string): JoinResult {
  return {
    errorCode,
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    members: [],
  };
}

/** An answer to JoinGroup that tells the current generation. */
export function currentJoin(group: Group, memberId: string): JoinResult {
  return {
    errorCode: errorCodes.NONE,
    memberId,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment: false,
    members: memberId === group.leaderId ? memberList(group) : [],
  };
}

export function answerJoin(member: GroupMember, result: JoinResult): void {
  const answer = member.awaitingJoin;
  member.awaitingJoin = undefined;
  answer?.(result);
}

/** Starts the session anew; when it ends without another sign of life the member is out. */
export function renewSession(group: Group, member: GroupMember, settings: BrokerSettings): void {
  const ms = member.isNew ? NEW_MEMBER_JOIN_TIMEOUT_MS : member.terms.sessionTimeoutMs;
  member.session.set(ms, () => expireSession(group, member, settings));
}

function expireSession(group: Group, member: GroupMember, settings: BrokerSettings): void {
  if (group.members.get(member.memberId) !== member) return;
  // A member with a request parked here is alive as far as we can know; its session starts with the answer.
  if (!member.isNew && (member.awaitingJoin || member.awaitingSync)) return;
  removeMember(group, member);
  settleAfterRemoval(group, settings);
}

/** Takes a member out, answering what it still waits for. */
export function removeMember(group: Group, member: GroupMember): void {
  answerJoin(member, refusedJoin(errorCodes.UNKNOWN_MEMBER_ID, ''));
  answerSync(group, member, errorCodes.UNKNOWN_MEMBER_ID);
  dropMember(group, member);
}

/** What follows when members have gone. */
export function settleAfterRemoval(group: Group, settings: BrokerSettings): void {
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') prepareRebalance(group, settings);
  else if (group.state === 'PreparingRebalance' && hasAllMembersJoined(group)) completeJoin(group, settings);
}

/** Starts a rebalance, or completes the one that runs if this was the last member it waited for. */
export function rebalanceOrCompleteJoin(group: Group, settings: BrokerSettings): void {
  if (group.state !== 'PreparingRebalance') prepareRebalance(group, settings);
  else if (!group.isInitialRebalance && hasAllMembersJoined(group)) completeJoin(group, settings);
}

/** Makes all members join again. */
export function prepareRebalance(group: Group, settings: BrokerSettings): void {
  if (group.state === 'CompletingRebalance') {
    for (const member of group.members.values()) {
      member.assignment = NO_ASSIGNMENT;
      if (answerSync(group, member, errorCodes.REBALANCE_IN_PROGRESS)) renewSession(group, member, settings);
    }
  }
  group.pendingSync.clear();
  group.syncDeadline.clear();
  group.isInitialRebalance = group.state === 'Empty';
  group.state = 'PreparingRebalance';
  if (group.isInitialRebalance) {
    const delayMs = settings['group.initial.rebalance.delay.ms'];
    group.newMemberAdded = false;
    awaitInitialMembers(group, settings, {
      delayMs,
      remainingMs: Math.max(rebalanceTimeoutMs(group) - delayMs, 0),
    });
  } else if (hasAllMembersJoined(group)) {
    completeJoin(group, settings);
  } else {
    group.joinDeadline.set(rebalanceTimeoutMs(group), () => completeJoin(group, settings));
  }
}

interface InitialDelay {
  readonly delayMs: number;
  readonly remainingMs: number;
}

/** The first rebalance of an empty group waits, and waits on while members keep coming (KIP-134). */
function awaitInitialMembers(group: Group, settings: BrokerSettings, delay: InitialDelay): void {
  group.joinDeadline.set(delay.delayMs, () => {
    if (!group.newMemberAdded || delay.remainingMs === 0) return completeJoin(group, settings);
    group.newMemberAdded = false;
    awaitInitialMembers(group, settings, {
      delayMs: Math.min(settings['group.initial.rebalance.delay.ms'], delay.remainingMs),
      remainingMs: Math.max(delay.remainingMs - delay.delayMs, 0),
    });
  });
}

/** Ends the join phase: whoever did not come is out (unless static), the others form the next generation. */
export function completeJoin(group: Group, settings: BrokerSettings): void {
  group.joinDeadline.clear();
  group.isInitialRebalance = false;
  for (const member of group.members.values()) {
    if (!member.awaitingJoin && member.instanceId === null) dropMember(group, member);
  }
  if (group.members.size > 0 && !electJoinedLeader(group)) {
    group.joinDeadline.set(rebalanceTimeoutMs(group), () => completeJoin(group, settings));
    return;
  }
  group.generationId++;
  if (group.members.size === 0) {
    group.state = 'Empty';
    group.protocolName = null;
    return;
  }
  group.protocolName = selectProtocol(group);
  group.state = 'CompletingRebalance';
  announceGeneration(group, settings);
}

function announceGeneration(group: Group, settings: BrokerSettings): void {
  const { generationId } = group;
  for (const member of group.members.values()) {
    answerJoin(member, currentJoin(group, member.memberId));
    member.isNew = false;
    renewSession(group, member, settings);
    group.pendingSync.add(member.memberId);
  }
  group.syncDeadline.set(rebalanceTimeoutMs(group), () => expireSync(group, generationId, settings));
}

/** The leader must be one that has joined this generation. */
function electJoinedLeader(group: Group): boolean {
  const leader = group.leaderId === null ? undefined : group.members.get(group.leaderId);
  if (leader?.awaitingJoin) return true;
  for (const member of group.members.values()) {
    if (member.awaitingJoin) {
      group.leaderId = member.memberId;
      return true;
    }
  }
  return false;
}

/** Members that joined and then never asked for their assignment are out. */
function expireSync(group: Group, generationId: number, settings: BrokerSettings): void {
  if (generationId !== group.generationId || group.pendingSync.size === 0) return;
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return;
  for (const memberId of group.pendingSync) dropMember(group, group.members.get(memberId)!);
  prepareRebalance(group, settings);
}

/** Answers a parked SyncGroup; false if there was none. */
function answerSync(group: Group, member: GroupMember, errorCode: number): boolean {
  const answer = member.awaitingSync;
  if (!answer) return false;
  member.awaitingSync = undefined;
  const isOk = errorCode === errorCodes.NONE;
  answer({
    errorCode,
    protocolType: isOk ? group.protocolType : null,
    protocolName: isOk ? group.protocolName : null,
    assignment: isOk ? member.assignment : NO_ASSIGNMENT,
  });
  return true;
}

/** The leader has spoken: everyone gets its assignment and the group is stable. */
export function assign(
  group: Group,
  assignments: ReadonlyMap<string, Buffer>,
  settings: BrokerSettings,
): void {
  group.state = 'Stable';
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId) ?? NO_ASSIGNMENT;
    if (answerSync(group, member, errorCodes.NONE)) renewSession(group, member, settings);
  }
}

/** An id that was handed out and never used. */
export function expirePendingMember(group: Group, memberId: string, settings: BrokerSettings): void {
  if (
    dropPendingMember(group, memberId) &&
    group.state === 'PreparingRebalance' &&
    hasAllMembersJoined(group)
  ) {
    completeJoin(group, settings);
  }
}

/** Another node coordinates the group now: parked requests fail there, sessions start anew here. */
export function migrateGroup(group: Group, settings: BrokerSettings): void {
  for (const member of group.members.values()) {
    answerJoin(member, refusedJoin(errorCodes.NOT_COORDINATOR, member.memberId));
    answerSync(group, member, errorCodes.NOT_COORDINATOR);
    member.isNew = false;
    renewSession(group, member, settings);
  }
}

/** No node coordinates the group: nobody counts the time of its members, whose sessions start anew at the next one. */
export function suspendGroup(group: Group): void {
  for (const member of group.members.values()) {
    answerJoin(member, refusedJoin(errorCodes.NOT_COORDINATOR, member.memberId));
    answerSync(group, member, errorCodes.NOT_COORDINATOR);
    member.session.clear();
  }
}
