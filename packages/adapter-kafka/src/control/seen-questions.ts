/** Remembers the gather calls that were taken: a record may be delivered again, and an inbox that has lost its place reads a minute anew. */

/** A bounded memory of calls, by their keys. */
export interface SeenQuestions {
  /** False when the call was there before. */
  add(key: string, deadlineMs: number, nowMs: number): boolean;
  has(key: string): boolean;
}

/** Queries: one that comes again after so many others does no harm. */
const maxKept = 10_000;

/** Makes an empty memory. */
export function createSeenQuestions(): SeenQuestions {
  /** In the order of coming: the oldest first. */
  const deadlines = new Map<string, number>();

  function forgetOld(nowMs: number): void {
    for (const [key, deadlineMs] of deadlines) {
      if (deadlines.size <= maxKept && deadlineMs >= nowMs) return;
      deadlines.delete(key);
    }
  }

  return {
    add(key, deadlineMs, nowMs) {
      if (deadlines.has(key)) return false;
      deadlines.set(key, deadlineMs);
      forgetOld(nowMs);
      return true;
    },
    has: (key) => deadlines.has(key),
  };
}
