/** Callers each of whom waits for the answer before the next call: what they get done is the throughput. */
import { createLatencies, type LatencySummary } from './latencies.ts';

/** What came of a load. */
export interface LoadOutcome {
  readonly calls: number;
  /** From the first call to the last answer. */
  readonly passedMs: number;
  readonly latency: LatencySummary;
}

/** Keeps so many calls in flight for that long. Rejects with what a call rejected with. */
export async function callInClosedLoop(
  call: () => Promise<void>,
  { inFlight, durationMs }: { inFlight: number; durationMs: number },
): Promise<LoadOutcome> {
  const latencies = createLatencies();
  const startedAt = performance.now();
  let calls = 0;
  async function caller(): Promise<void> {
    for (let calledAt = startedAt; calledAt - startedAt < durationMs; ) {
      await call();
      const answeredAt = performance.now();
      latencies.note(answeredAt - calledAt);
      calls++;
      calledAt = answeredAt;
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller));
  return { calls, passedMs: performance.now() - startedAt, latency: latencies.summary() };
}
