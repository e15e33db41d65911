/**
 * Calls at a fixed rate, whatever becomes of those before: what users see who do not wait for each other. The clock of
 * a call starts when it is due, not when it is made: a process that is held up makes calls late, and their callers have
 * waited all the while ("coordinated omission").
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadOutcome } from './closed-loop.ts';
import { createLatencies } from './latencies.ts';

/** Timers have whole milliseconds: what is due meanwhile is made at once, its latency counts from when it was due. */
const tickMs = 1;

/** Makes calls at that rate for that long. Rejects with what a call rejected with. */
export async function callInOpenLoop(
  call: () => Promise<void>,
  { perSecond, durationMs }: { perSecond: number; durationMs: number },
): Promise<LoadOutcome> {
  const latencies = createLatencies();
  const periodMs = 1000 / perSecond;
  const due = Math.floor(durationMs / periodMs);
  const answers: Promise<void>[] = [];
  const startedAt = performance.now();

  async function makeCall(dueAt: number): Promise<void> {
    await call();
    latencies.note(performance.now() - dueAt);
  }

  while (answers.length < due) {
    const until = Math.min(due, (performance.now() - startedAt) / periodMs);
    while (answers.length < until) answers.push(makeCall(startedAt + answers.length * periodMs));
    await delay(tickMs);
  }
  await Promise.all(answers);
  return { calls: due, passedMs: performance.now() - startedAt, latency: latencies.summary() };
}
