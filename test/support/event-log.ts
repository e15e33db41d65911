/** Notes what happens and lets a test wait for it. */

/** A log of named events. */
export interface EventLog {
  note(name: string): void;
  count(name: string): number;
  /** Resolves when the event was noted so many times. */
  until(name: string, times?: number): Promise<void>;
  all(): readonly string[];
}

/** Makes an empty log. */
export function createEventLog(): EventLog {
  const events: string[] = [];
  const waiting = new Set<() => void>();
  const count = (name: string): number => events.filter((event) => event === name).length;
  return {
    note(name) {
      events.push(name);
      for (const look of waiting) look();
    },
    count,
    until: (name, times = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (count(name) < times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    all: () => events,
  };
}
