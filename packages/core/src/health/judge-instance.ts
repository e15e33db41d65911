/** What is known of an instance, as a report: whether it is alive and ready at a moment, why not, and what to do. */
import { judgeGroup } from './group-health.js';
import type {
  HealthDetails,
  HealthOptions,
  HealthReason,
  HealthReport,
  HealthState,
} from './health-report.js';
import type { InboxHealth, InstanceHealth } from './instance-health.js';
import { judgeProducer } from './producer-health.js';

/** What is judged. */
export interface JudgedInstance {
  readonly service: string;
  readonly health: InstanceHealth;
  readonly nowMs: number;
}

const defaultRebalanceGraceMs = 10_000;

/** Judges an instance. */
export function judgeInstance(
  { service, health, nowMs }: JudgedInstance,
  { rebalanceGraceMs = defaultRebalanceGraceMs }: HealthOptions = {},
): HealthReport {
  const ofParts = [
    ...[...health.groups.values()].flatMap((group) => judgeGroup(group, nowMs, rebalanceGraceMs)),
    ...[...health.inboxes.values()].flatMap(judgeInbox),
    judgeProducer(health.producer, nowMs) ?? [],
  ].flat();
  const ofLife = judgeLife(service, health);
  // Parts that are taken down are no trouble.
  const isClosing = health.phase === 'draining' || health.phase === 'closed';
  const reasons = [...ofLife, ...(isClosing ? [] : ofParts)];
  return summarize(
    { reasons, started: health.started, closing: closingOf(health) },
    detailsOf(service, health, nowMs),
  );
}

function closingOf({ phase }: InstanceHealth): 'draining' | 'closed' | undefined {
  return phase === 'draining' || phase === 'closed' ? phase : undefined;
}

/** What a report is made of. */
export interface HealthFindings {
  readonly reasons: readonly HealthReason[];
  readonly started: boolean;
  readonly closing: 'draining' | 'closed' | undefined;
}

/** A report of what was found: reasons say what they unset, everything else follows from them. */
export function summarize(findings: HealthFindings, details: HealthDetails): HealthReport {
  const { reasons, started } = findings;
  const alive = reasons.every(({ affects }) => affects !== 'liveness');
  const ready = reasons.every(({ affects }) => affects === 'nothing');
  return { state: stateOf(findings, alive, ready), alive, ready, started, reasons, details };
}

function stateOf({ reasons, started, closing }: HealthFindings, alive: boolean, ready: boolean): HealthState {
  if (closing !== undefined) return closing;
  if (!alive) return 'failed';
  if (ready) return reasons.some(({ code }) => code === 'IDLE') ? 'idle' : 'ready';
  return started ? 'unready' : 'starting';
}

function judgeLife(service: string, { phase, sinceMs, obstacle }: InstanceHealth): HealthReason[] {
  const name = `the handler of service ${service}`;
  switch (phase) {
    case 'running':
      return [];
    case 'starting':
      return [obstacle === undefined ? starting(name, sinceMs) : startFailed(name, obstacle)];
    case 'failed':
      return [
        {
          code: 'START_GIVEN_UP',
          affects: 'liveness',
          message: `${name} could not start and does not try again: ${obstacle?.message}`,
          cure: 'put right what the message says, then restart this process',
          sinceMs,
        },
      ];
    case 'draining':
      return [
        closing('DRAINING', `${name} finishes what has begun; other instances take its calls`, sinceMs),
      ];
    case 'closed':
      return [closing('CLOSED', `${name} is closed`, sinceMs)];
  }
}

function starting(name: string, sinceMs: number): HealthReason {
  return {
    code: 'STARTING',
    affects: 'readiness',
    message: `${name} connects, looks for its topics and joins its groups`,
    cure: 'wait; what stands in its way is told here',
    sinceMs,
  };
}

function startFailed(
  name: string,
  { message, sinceMs }: NonNullable<InstanceHealth['obstacle']>,
): HealthReason {
  return {
    code: 'START_FAILED',
    affects: 'readiness',
    message: `${name} could not start so far: ${message}`,
    cure: 'it tries again by itself; see whether brokers can be reached from here and whether the message names a topic or a right that is missing',
    sinceMs,
  };
}

/** Of whatever is being closed. */
export function closing(code: 'DRAINING' | 'CLOSED', message: string, sinceMs: number): HealthReason {
  return { code, affects: 'readiness', message, cure: 'nothing: it was told to close', sinceMs };
}

function judgeInbox({ topic, partition, state, sinceMs, failure }: InboxHealth): HealthReason[] {
  const place = `${topic}[${partition}]`;
  if (state === 'open') return [];
  if (state === 'opening') {
    const message = `inbox ${place} is being opened`;
    return [{ code: 'STARTING', affects: 'readiness', message, cure: 'wait', sinceMs }];
  }
  return [interruptedInbox(failure ?? `inbox ${place} cannot be read`, sinceMs)];
}

/** Of an inbox that cannot be read. */
export function interruptedInbox(message: string, sinceMs: number): HealthReason {
  return {
    code: 'INBOX_INTERRUPTED',
    affects: 'readiness',
    message,
    cure: 'see to the brokers, or to the right or topic that the message names; reading goes on by itself where it stopped',
    sinceMs,
  };
}

function detailsOf(
  service: string,
  { groups, inboxes, producer }: InstanceHealth,
  nowMs: number,
): HealthDetails {
  const heldUp = judgeProducer(producer, nowMs) !== undefined;
  return {
    service,
    groups: [...groups.values()].map(({ groupId, topic, state, partitions }) => ({
      groupId,
      topic,
      state,
      partitions,
    })),
    inboxes: [...inboxes.values()].map(({ topic, partition, state }) => ({ topic, partition, state })),
    producer: heldUp ? 'held up' : producer.connected ? 'connected' : 'unconnected',
  };
}
