/** Counts of what happened, by name: nothing is silent, also where there is no logger. */

/** Named counts. */
export interface Counters<TName extends string> {
  add(name: TName): void;
  /** All counts as they are now. */
  snapshot(): Readonly<Record<TName, number>>;
}

/** Makes counters for a fixed set of names. */
export function createCounters<TName extends string>(names: readonly TName[]): Counters<TName> {
  const counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<TName, number>;
  return {
    add(name) {
      counts[name]++;
    },
    snapshot: () => ({ ...counts }),
  };
}
