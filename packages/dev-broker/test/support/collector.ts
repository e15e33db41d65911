/**
 * Collects what arrives and lets a test wait for how much of it it wants, without sleeping.
 */
export interface Collector<T> {
  readonly items: readonly T[];
  push(item: T): void;
  /** Resolves once `isEnough` is true of what has arrived. */
  until(isEnough: (items: readonly T[]) => boolean): Promise<readonly T[]>;
}

export function createCollector<T>(): Collector<T> {
  const items: T[] = [];
  const waiting = new Set<() => void>();
  return {
    items,
    push(item) {
      items.push(item);
      for (const look of waiting) look();
    },
    until(isEnough) {
      return new Promise((resolve) => {
        const look = (): void => {
          if (!isEnough(items)) return;
          waiting.delete(look);
          resolve(items);
        };
        waiting.add(look);
        look();
      });
    },
  };
}
