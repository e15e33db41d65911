/**
 * A timer that is set again and again, as sessions and rebalances need it.
 *
 * Owns: at most one pending timeout. Must not know: what it is for.
 */
export interface Deadline {
  /** Calls `expire` after this many milliseconds, in place of what was set before. */
  set(ms: number, expire: () => void): void;
  clear(): void;
}

export function createDeadline(): Deadline {
  let timer: NodeJS.Timeout | undefined;
  return {
    set(ms, expire) {
      clearTimeout(timer);
      timer = setTimeout(expire, ms);
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
