/** How long calls took, as a histogram: millions of them in the memory of one. */
import { build } from 'hdr-histogram-js';

/** Three significant figures of microseconds, up to a minute. */
const highestUs = 60_000_000;

/** Percentiles, in ms. */
export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Collects latencies. */
export interface Latencies {
  /** Notes one, in ms. */
  note(ms: number): void;
  summary(): LatencySummary;
}

/** An empty collection. */
export function createLatencies(): Latencies {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestUs,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1000;
  return {
    note: (ms) => histogram.recordValue(Math.min(highestUs, Math.max(1, Math.round(ms * 1000)))),
    summary: () => ({ p50: at(50), p99: at(99), p999: at(99.9) }),
  };
}
