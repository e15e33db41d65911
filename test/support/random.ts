/** Chance that can be repeated: the same seed gives the same numbers. */

/** From 0 to below 1. */
export type Random = () => number;

/** Makes the numbers of a seed, by Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number, both ends included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** The list in another order. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const rest = [...list];
  for (let last = rest.length - 1; last > 0; last--) {
    const other = between(random, 0, last);
    [rest[last], rest[other]] = [rest[other]!, rest[last]!];
  }
  return rest;
}
