/** Remembers cancels that overtook their call on the way. Every instance hears of every cancel, so most of them are forgotten unused. */

/** A bounded memory of cancelled calls. */
export interface CancelMemory {
  remember(key: string, nowMs: number): void;
  /** True, once, when the call was cancelled before it came. */
  recall(key: string): boolean;
}

/** A call that is later than this has met its deadline, unless its caller waits unusually long. */
const keepMs = 60_000;
const maxKept = 10_000;

/** Makes an empty memory. */
export function createCancelMemory(): CancelMemory {
  /** In the order of remembering: the oldest first. */
  const cancelledAtMs = new Map<string, number>();

  function forgetOld(nowMs: number): void {
    for (const [key, atMs] of cancelledAtMs) {
      if (cancelledAtMs.size <= maxKept && nowMs - atMs < keepMs) return;
      cancelledAtMs.delete(key);
    }
  }

  return {
    remember(key, nowMs) {
      cancelledAtMs.delete(key);
      cancelledAtMs.set(key, nowMs);
      forgetOld(nowMs);
    },
    recall: (key) => cancelledAtMs.delete(key),
  };
}
