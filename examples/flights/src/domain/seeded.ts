/**
 * A number in [0, 1) that depends on nothing but the seed: the same search finds the same offers on every
 * instance and on every machine. FNV-1a over UTF-16 units, then the finalizer of MurmurHash3 to spread the bits.
 */
export function seededUnit(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index += 1) {
    hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A whole number from `low` to `high`, both included. */
export function seededWhole(seed: string, low: number, high: number): number {
  return low + Math.floor(seededUnit(seed) * (high - low + 1));
}
