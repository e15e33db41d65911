/** Medians, and how far apart the samples are: on a shared machine one number says nothing. */

/** Samples of one thing. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one sample; `undefined` when there is none. */
export function spreadOf(samples: readonly number[]): Spread | undefined {
  if (samples.length === 0) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  return { median: medianOfSorted(sorted), min: sorted[0]!, max: sorted.at(-1)! };
}

/** The one in the middle, or the mean of the two there. `NaN` of none. */
export function median(samples: readonly number[]): number {
  return spreadOf(samples)?.median ?? Number.NaN;
}

function medianOfSorted(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  if (!Number.isInteger(middle)) return sorted[Math.floor(middle)]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}
