/** Whether records can be written, from what a driver tells of it: connecting, and each time that records are tried again. */
import type { HealthReason } from './health-report.js';

/** What is known of a producer. */
export interface ProducerHealth {
  readonly connected: boolean;
  /** Records that are tried again, and again. A driver does not tell when they got through: silence does. */
  readonly trouble: ProducerTrouble | undefined;
}

interface ProducerTrouble {
  readonly sinceMs: number;
  readonly lastMs: number;
  /** The pause before the last attempt: they become longer while a broker hangs. */
  readonly gapMs: number;
  readonly message: string;
}

/** A producer that has not connected. */
export const unconnectedProducer: ProducerHealth = { connected: false, trouble: undefined };

/** Attempts that failed so long are more than a leader that moves. */
const heldUpMs = 10_000;
/** No attempt for so long, or for twice the last pause: records got through, or were given up. */
const quietMs = 5000;

/** Notes that records were tried again. */
export function noteRetry(producer: ProducerHealth, atMs: number, error: Error): ProducerHealth {
  const { trouble } = producer;
  const { message } = error;
  if (trouble === undefined || isOver(trouble, atMs)) {
    return { ...producer, trouble: { sinceMs: atMs, lastMs: atMs, gapMs: 0, message } };
  }
  const gapMs = atMs - trouble.lastMs;
  return { ...producer, trouble: { ...trouble, lastMs: atMs, gapMs, message } };
}

/** Why records do not get through, if they have not for long. */
export function judgeProducer({ trouble }: ProducerHealth, nowMs: number): HealthReason | undefined {
  if (trouble === undefined || isOver(trouble, nowMs) || nowMs - trouble.sinceMs < heldUpMs) return undefined;
  return {
    code: 'PRODUCER_HELD_UP',
    affects: 'readiness',
    message: `records have been written in vain since ${new Date(trouble.sinceMs).toISOString()}: ${trouble.message}`,
    cure: 'see whether brokers are away or hang, and whether each topic has as many in-sync replicas as min.insync.replicas demands; writing goes on by itself',
    sinceMs: trouble.sinceMs,
  };
}

function isOver({ lastMs, gapMs }: ProducerTrouble, nowMs: number): boolean {
  return nowMs - lastMs > Math.max(quietMs, 2 * gapMs);
}
