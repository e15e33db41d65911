/** Things that arrive, and a way to wait for them without polling. */
export interface Collector<T> {
  readonly items: readonly T[];
  add(...items: readonly T[]): void;
  /** Resolves with all items as soon as they satisfy the condition; rejects after a time that only a failure takes. */
  until(condition: (items: readonly T[]) => boolean, what: string): Promise<readonly T[]>;
  /** Resolves with the items when there are that many. */
  count(wanted: number): Promise<readonly T[]>;
}

interface Waiter<T> {
  readonly condition: (items: readonly T[]) => boolean;
  readonly resolve: () => void;
}

/** Longer than any broker takes to elect a leader or to expire a session. */
const patienceMs = 25_000;

export function createCollector<T>(): Collector<T> {
  const items: T[] = [];
  const waiters = new Set<Waiter<T>>();

  function until(condition: (items: readonly T[]) => boolean, what: string): Promise<readonly T[]> {
    if (condition(items)) return Promise.resolve(items);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.delete(waiter);
        reject(new Error(`waited in vain for ${what}; there are ${items.length}: ${preview(items)}`));
      }, patienceMs);
      const waiter: Waiter<T> = {
        condition,
        resolve() {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve(items);
        },
      };
      waiters.add(waiter);
    });
  }

  return {
    items,
    add(...more) {
      items.push(...more);
      for (const waiter of waiters) if (waiter.condition(items)) waiter.resolve();
    },
    until,
    count: (wanted) => until((all) => all.length >= wanted, `${wanted} items`),
  };
}

function preview(items: readonly unknown[]): string {
  return JSON.stringify(items.slice(-20)).slice(0, 2000);
}
