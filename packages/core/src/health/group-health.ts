/**
 * A membership in a consumer group as its health sees it: what became of it, event by event, and what that means.
 * Pure: time comes with the events.
 */
import type { GroupHealthDetails, HealthReason } from './health-report.js';

/** What is known of a membership. */
export interface GroupHealth {
  readonly groupId: string;
  readonly topic: string;
  /** `positioned`: joined in the current generation, and knows where to read on. */
  readonly state: GroupHealthDetails['state'];
  readonly partitions: number;
  /** When it came into this state. */
  readonly sinceMs: number;
  /** When its driver last told of it. */
  readonly heardMs: number;
  /** Why the membership ended. */
  readonly failure: string | undefined;
  /** The coordinator is away. What was read is handled, and brokers keep the group over a restart of theirs. */
  readonly interruption: { readonly sinceMs: number; readonly message: string } | undefined;
}

/** What happens to a membership. */
export type GroupChange =
  | { readonly type: 'group-joined'; readonly partitions: number }
  | { readonly type: 'group-positioned'; readonly partitions: number }
  /** The driver asks for offsets to commit, as it does of positioned members only. */
  | { readonly type: 'group-confirmed' }
  | { readonly type: 'group-rebalancing' }
  | { readonly type: 'group-failed'; readonly error: Error }
  | { readonly type: 'group-interrupted'; readonly error: Error }
  | { readonly type: 'group-recovered' };

/** A commit that was asked for so soon after a rebalance began may be the one that ends the old generation. */
const settlingMs = 2000;
/** Each attempt of a driver to join again tells how it ended, within little more than a minute; three times that is the end of all attempts. */
const deadAfterMs = 300_000;

/** A membership that was just asked for. */
export function openGroupHealth(groupId: string, topic: string, atMs: number): GroupHealth {
  return {
    groupId,
    topic,
    state: 'joining',
    partitions: 0,
    sinceMs: atMs,
    heardMs: atMs,
    failure: undefined,
    interruption: undefined,
  };
}

/** Takes a change in. */
export function reduceGroup(group: GroupHealth, change: GroupChange, atMs: number): GroupHealth {
  switch (change.type) {
    case 'group-joined':
    case 'group-rebalancing':
      return beginRebalance({ ...group, heardMs: atMs }, atMs);
    case 'group-positioned':
      return enter({ ...group, partitions: change.partitions, failure: undefined }, 'positioned', atMs);
    case 'group-confirmed':
      // A join that failed, after which the group went on as before, is told by no other sign.
      if (group.state !== 'rebalancing' || atMs - group.sinceMs < settlingMs) return group;
      return enter(group, 'positioned', atMs);
    case 'group-failed': {
      const failed = { ...group, partitions: 0, failure: change.error.message, interruption: undefined };
      return { ...enter(failed, 'failed', atMs), heardMs: atMs };
    }
    case 'group-interrupted':
      return { ...group, interruption: { sinceMs: atMs, message: change.error.message } };
    case 'group-recovered':
      return { ...group, interruption: undefined };
  }
}

/** A member that was lost has nothing to lose: only one that reads is given time. */
function beginRebalance(group: GroupHealth, atMs: number): GroupHealth {
  if (group.state === 'positioned') return enter(group, 'rebalancing', atMs);
  return group.state === 'failed' ? enter(group, 'joining', atMs) : group;
}

function enter(group: GroupHealth, state: GroupHealth['state'], atMs: number): GroupHealth {
  return { ...group, state, sinceMs: group.state === state ? group.sinceMs : atMs, heardMs: atMs };
}

/** What stands against a membership. */
export function judgeGroup(group: GroupHealth, nowMs: number, rebalanceGraceMs: number): HealthReason[] {
  const { interruption } = group;
  const reason = judgeState(group, nowMs, rebalanceGraceMs);
  const reasons = reason === undefined ? [] : [reason];
  if (interruption === undefined) return reasons;
  return [
    ...reasons,
    {
      code: 'GROUP_INTERRUPTED',
      affects: 'readiness',
      message: interruption.message,
      cure: 'see to the brokers; this instance asks them until they answer, and goes on where it was',
      sinceMs: interruption.sinceMs,
    },
  ];
}

function judgeState(group: GroupHealth, nowMs: number, rebalanceGraceMs: number): HealthReason | undefined {
  const { groupId, topic, sinceMs, failure = 'the reason is not known' } = group;
  const name = `group ${groupId} (topic ${topic})`;
  switch (group.state) {
    case 'positioned':
      if (group.partitions > 0) return undefined;
      return {
        code: 'IDLE',
        affects: 'nothing',
        message: `all partitions of ${topic} belong to other instances: this one waits`,
        cure: `add partitions to ${topic}, or run fewer instances`,
        sinceMs,
      };
    case 'joining':
      return {
        code: 'STARTING',
        affects: 'readiness',
        message: `${name} is being joined`,
        cure: 'wait: brokers hold a join until all members have come, or have been missing for the session timeout',
        sinceMs,
      };
    case 'rebalancing':
      return {
        code: 'REBALANCING',
        affects: nowMs - sinceMs >= rebalanceGraceMs ? 'readiness' : 'nothing',
        message: `${name} is being rebalanced`,
        cure: 'wait; if it does not end, look for a member that comes and goes, or whose event loop is blocked',
        sinceMs,
      };
    case 'failed':
      if (nowMs - group.heardMs >= deadAfterMs) return dead(group, name);
      return {
        code: 'GROUP_LOST',
        affects: 'readiness',
        message: `the membership in ${name} ended: ${failure}`,
        cure: 'it joins again by itself as soon as what the message says is put right; a restart would do no more',
        sinceMs,
      };
  }
}

function dead({ heardMs, sinceMs, failure }: GroupHealth, name: string): HealthReason {
  return {
    code: 'GROUP_DEAD',
    affects: 'liveness',
    message: `the membership in ${name} ended, and nothing was heard of it since ${new Date(heardMs).toISOString()}: ${failure}`,
    cure: 'restart this process, and report what its log says of that time',
    sinceMs,
  };
}
