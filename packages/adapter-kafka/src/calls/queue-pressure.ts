/** How much waits, and whether that is too much to fetch more. Pure. */

/** What waits in a dispatcher. */
export interface QueuePressure {
  came(bytes: number): void;
  went(bytes: number): void;
  /** Calls that wait. */
  size(): number;
}

/** What a queue may hold. */
export interface QueueBounds {
  readonly maxCalls: number;
  readonly maxBytes: number;
}

/** Tells when a bound is exceeded, and when no more than half of each is left. */
export function createQueuePressure(bounds: QueueBounds, onPressure: (high: boolean) => void): QueuePressure {
  let calls = 0;
  let bytes = 0;
  let isHigh = false;
  return {
    came(more) {
      calls++;
      bytes += more;
      if (isHigh || (calls <= bounds.maxCalls && bytes <= bounds.maxBytes)) return;
      isHigh = true;
      onPressure(true);
    },
    went(less) {
      calls--;
      bytes -= less;
      if (!isHigh || calls > bounds.maxCalls / 2 || bytes > bounds.maxBytes / 2) return;
      isHigh = false;
      onPressure(false);
    },
    size: () => calls,
  };
}
