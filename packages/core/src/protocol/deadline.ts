/** When a call is too late. Pure: the times come from the caller. */

/** What a deadline is computed from. */
export interface DeadlineFacts {
  readonly timeoutMs?: number;
  readonly deadlineMs?: number;
  /** The record's timestamp. */
  readonly timestampMs: number;
  /** True when brokers wrote the timestamp (`LogAppendTime`): then the caller's clock does not matter. */
  readonly appendTime: boolean;
  /** How far the caller's clock may be off on a topic that keeps creation times. @default 1000 */
  readonly clockSkewMs?: number;
}

/** The time a call ends, by the server's clock; `undefined` when it never does. */
export function deadlineOf(facts: DeadlineFacts): number | undefined {
  if (facts.timeoutMs === undefined) return facts.deadlineMs;
  if (facts.appendTime || facts.deadlineMs === undefined) return facts.timestampMs + facts.timeoutMs;
  return facts.deadlineMs + (facts.clockSkewMs ?? 1000);
}
