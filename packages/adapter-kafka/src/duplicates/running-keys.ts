/** The keys of mutations that run right now, so that a repeat waits instead of running beside them. */

/** Keys that are taken. Bounded by the calls that may run at a time. */
export interface RunningKeys {
  has(key: string): boolean;
  fingerprint(key: string): string | undefined;
  /** Takes a key that is free; returns what gives it back and wakes those who wait. */
  take(key: string, fingerprint: string): () => void;
  /** Resolves when the key is given back, or when the signal aborts. */
  released(key: string, signal: AbortSignal): Promise<void>;
}

interface RunningKey {
  readonly fingerprint: string;
  readonly waiting: Set<() => void>;
}

/** Makes an empty table. */
export function createRunningKeys(): RunningKeys {
  const running = new Map<string, RunningKey>();
  return {
    has: (key) => running.has(key),
    fingerprint: (key) => running.get(key)?.fingerprint,
    take(key, fingerprint) {
      const taken: RunningKey = { fingerprint, waiting: new Set() };
      running.set(key, taken);
      return () => {
        running.delete(key);
        for (const wake of taken.waiting) wake();
      };
    },
    released(key, signal) {
      const taken = running.get(key);
      if (taken === undefined || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          taken.waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        taken.waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
  };
}
