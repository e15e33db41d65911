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

/**
 * The time a call ends, by the server's clock; `undefined` when it never does.
 * A timer for it counts at most 2^31 - 1 ms: only a `deadlineMs` that stands alone can be further away.
 */
export function deadlineOf(facts: DeadlineFacts): number | undefined {
  const { timeoutMs, deadlineMs, timestampMs, appendTime } = facts;
  if (timeoutMs !== undefined && (appendTime || deadlineMs === undefined)) return timestampMs + timeoutMs;
  if (deadlineMs === undefined) return undefined;
  const { clockSkewMs = 1000 } = facts;
  const skewed = deadlineMs + clockSkewMs;
  // Both times are by the caller's clock here: a deadline later than its own timeout allows is a mistake, or hostile.
  // Kafka's -1 stands for a record without a timestamp.
  return timeoutMs === undefined || timestampMs < 0
    ? skewed
    : Math.min(skewed, timestampMs + timeoutMs + clockSkewMs);
}
