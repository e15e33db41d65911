/** What a process holds on to, once everything that it no longer needs has been collected. */
import { setTimeout as delay } from 'node:timers/promises';

/** Collections until nothing more is freed: what finalizers and settled promises let go of is collected by a later one. */
const maxRounds = 20;
const sameBytes = 64 * 1024;

/**
 * Heap and external memory in use, in bytes, after forced garbage collections.
 * @throws Error when the process was started without `--expose-gc`.
 */
export async function settledMemoryBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('memory is measured with node --expose-gc');
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < maxRounds; round++) {
    gc();
    await delay(50);
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    if (bytes > least - sameBytes) return Math.min(bytes, least);
    least = bytes;
  }
  return least;
}
