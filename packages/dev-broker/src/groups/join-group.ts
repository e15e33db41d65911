/**
 * What a JoinGroup request does to a group.
 *
 * Owns: new, pending, static and returning members (KIP-345, KIP-394), and the order of the checks.
 * Must not know: the wire. The answer comes through a callback, at once or when the join phase ends.
 */
import { randomUUID } from 'node:crypto';
import type { BrokerSettings } from '../options.js';
import { errorCodes } from '../protocol/error-codes.js';
import { createDeadline } from '../util/deadline.js';
import { addMember, type Group, selectProtocol, supportsProtocols } from './group.js';
import {
  createGroupMember,
  type GroupMember,
  type JoinCallback,
  type MemberIdentity,
  type MemberTerms,
  offersSame,
} from './group-member.js';
import { memberError } from './member-error.js';
import {
  answerJoin,
  currentJoin,
  expirePendingMember,
  prepareRebalance,
  rebalanceOrCompleteJoin,
  refusedJoin,
  renewSession,
} from './rebalance.js';

export interface JoinRequest extends MemberIdentity, MemberTerms {
  readonly groupId: string;
  /** From version 4 on a member must join with an id it was given (KIP-394). */
  readonly requiresKnownMemberId: boolean;
  /** From version 9 on a returning static leader is told not to assign (KIP-814). */
  readonly supportsSkippingAssignment: boolean;
}

/** Joins a group, or answers why not. */
export function joinGroup(group: Group, request: JoinRequest, context: JoinContext): void {
  if (!acceptsMember(group, request.memberId, context.settings)) {
    context.answer(refusedJoin(errorCodes.GROUP_MAX_SIZE_REACHED, ''));
  } else if (!supportsProtocols(group, request.protocolType, request.protocols)) {
    context.answer(refusedJoin(errorCodes.INCONSISTENT_GROUP_PROTOCOL, request.memberId));
  } else if (request.memberId === '') {
    joinAsNew(group, request, context);
  } else if (group.pendingMembers.has(request.memberId)) {
    addAndRebalance(group, request, context);
  } else {
    rejoin(group, request, context);
  }
}

/** What joining needs beside the request. */
export interface JoinContext {
  readonly settings: BrokerSettings;
  readonly answer: JoinCallback;
}

function acceptsMember(group: Group, memberId: string, settings: BrokerSettings): boolean {
  const known = group.members.get(memberId);
  if (group.state === 'Empty') return true;
  if (group.state !== 'PreparingRebalance')
    return known !== undefined || group.members.size < settings['group.max.size'];
  let waiting = 0;
  for (const member of group.members.values()) if (member.awaitingJoin) waiting++;
  return known?.awaitingJoin !== undefined || waiting < settings['group.max.size'];
}

function joinAsNew(group: Group, request: JoinRequest, context: JoinContext): void {
  const memberId = `${request.instanceId ?? request.clientId}-${randomUUID()}`;
  const identified = { ...request, memberId };
  const previousId = request.instanceId === null ? undefined : group.staticMembers.get(request.instanceId);
  if (previousId !== undefined) {
    replaceStaticMember(group, identified, { ...context, previous: group.members.get(previousId)! });
  } else if (request.instanceId === null && request.requiresKnownMemberId) {
    const deadline = createDeadline();
    group.pendingMembers.set(memberId, deadline);
    deadline.set(request.sessionTimeoutMs, () => expirePendingMember(group, memberId, context.settings));
    context.answer(refusedJoin(errorCodes.MEMBER_ID_REQUIRED, memberId));
  } else {
    addAndRebalance(group, identified, context);
  }
}

function addAndRebalance(group: Group, request: JoinRequest, context: JoinContext): void {
  const member = createGroupMember(identityOf(request), termsOf(request));
  member.awaitingJoin = context.answer;
  if (group.state === 'PreparingRebalance' && group.isInitialRebalance) group.newMemberAdded = true;
  addMember(group, member);
  renewSession(group, member, context.settings);
  rebalanceOrCompleteJoin(group, context.settings);
}

function rejoin(group: Group, request: JoinRequest, context: JoinContext): void {
  const error = memberError(group, request.memberId, request.instanceId);
  if (error !== errorCodes.NONE) {
    context.answer(refusedJoin(error, request.memberId));
    return;
  }
  const member = group.members.get(request.memberId)!;
  const keepsGeneration =
    offersSame(member, request.protocols) &&
    (group.state === 'CompletingRebalance' ||
      (group.state === 'Stable' && group.leaderId !== member.memberId));
  if (keepsGeneration) {
    // It may have missed the answer to its first JoinGroup; nothing has changed for the others.
    context.answer(currentJoin(group, member.memberId));
    return;
  }
  member.terms = termsOf(request);
  member.awaitingJoin = context.answer;
  rebalanceOrCompleteJoin(group, context.settings);
}

/** A static member that restarted takes over its old place under a new id; the old id is fenced. */
function replaceStaticMember(
  group: Group,
  request: JoinRequest,
  context: JoinContext & { readonly previous: GroupMember },
): void {
  const { previous, settings, answer } = context;
  answerJoin(previous, refusedJoin(errorCodes.FENCED_INSTANCE_ID, previous.memberId));
  previous.awaitingSync?.({
    errorCode: errorCodes.FENCED_INSTANCE_ID,
    protocolType: null,
    protocolName: null,
    assignment: previous.assignment,
  });
  previous.session.clear();
  const wasLeader = group.leaderId === previous.memberId;
  const member = {
    ...createGroupMember(identityOf(request), termsOf(request)),
    assignment: previous.assignment,
    isNew: false,
  };
  group.members.delete(previous.memberId);
  if (group.pendingSync.delete(previous.memberId)) group.pendingSync.add(member.memberId);
  addMember(group, member);
  if (wasLeader) group.leaderId = member.memberId;
  renewSession(group, member, settings);
  if (group.state === 'Stable' && selectProtocol(group) === group.protocolName) {
    answer(staticJoin(group, request, { previous, wasLeader }));
    return;
  }
  member.awaitingJoin = answer;
  if (group.state === 'PreparingRebalance') rebalanceOrCompleteJoin(group, settings);
  else prepareRebalance(group, settings);
}

function staticJoin(
  group: Group,
  request: JoinRequest,
  before: { readonly previous: GroupMember; readonly wasLeader: boolean },
): ReturnType<typeof currentJoin> {
  const current = currentJoin(group, request.memberId);
  if (request.supportsSkippingAssignment) return { ...current, skipAssignment: before.wasLeader };
  // Older clients would assign again if they saw themselves leading, so they are told of the old leader.
  return { ...current, leader: before.wasLeader ? before.previous.memberId : current.leader, members: [] };
}

function identityOf(request: JoinRequest): MemberIdentity {
  const { memberId, instanceId, clientId, clientHost, protocolType } = request;
  return { memberId, instanceId, clientId, clientHost, protocolType };
}

function termsOf(request: JoinRequest): MemberTerms {
  const { sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request;
  // Kept beyond the request, whose frame may be a slice of a far larger socket buffer.
  const kept = protocols.map((protocol) => ({
    name: protocol.name,
    metadata: Buffer.from(protocol.metadata),
  }));
  return { sessionTimeoutMs, rebalanceTimeoutMs, protocols: kept };
}
