/** So many a second: what anyone may ask of every instance must not become their work. */

/** Counts what may still be done. */
export interface RateLimit {
  /** Takes one. False when there is none left for now. */
  take(): boolean;
}

/** A bucket that holds what a second allows, and is full at first. */
export function createRateLimit(perSecond: number, now: () => number = Date.now): RateLimit {
  let left = perSecond;
  let filledMs = now();
  return {
    take() {
      const nowMs = now();
      // A clock that was set back gives nothing, and takes nothing.
      left = Math.min(perSecond, left + (Math.max(0, nowMs - filledMs) / 1000) * perSecond);
      filledMs = nowMs;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
