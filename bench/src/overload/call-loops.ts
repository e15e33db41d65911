/** The two ways to call: each caller waits for its answer before it calls again, or calls come whatever becomes of those before. */
import { setTimeout as delay } from 'node:timers/promises';

/** What came of a loop. */
export interface LoopOutcome {
  readonly made: number;
  readonly answered: number;
  /** From the first call to the last answer or failure. */
  readonly passedMs: number;
}

type Call = () => Promise<unknown>;

/** Callers that wait. */
export async function callInClosedLoop(
  call: Call,
  { callers, durationMs }: { callers: number; durationMs: number },
): Promise<LoopOutcome> {
  const startedAt = performance.now();
  let made = 0;
  let answered = 0;
  async function caller(): Promise<void> {
    while (performance.now() - startedAt < durationMs) {
      made++;
      await call().then(
        () => answered++,
        () => {},
      );
    }
  }
  await Promise.all(Array.from({ length: callers }, caller));
  return { made, answered, passedMs: performance.now() - startedAt };
}

/** How often calls are made: as many as are due. */
const tickMs = 5;

/** Callers that do not wait. */
export async function callInOpenLoop(
  call: Call,
  { perSecond, durationMs }: { perSecond: number; durationMs: number },
): Promise<LoopOutcome> {
  const startedAt = performance.now();
  const settled: Promise<unknown>[] = [];
  let answered = 0;
  for (let passedMs = 0; passedMs < durationMs; passedMs = performance.now() - startedAt) {
    const due = Math.floor((passedMs * perSecond) / 1000) - settled.length;
    for (let n = 0; n < due; n++) {
      settled.push(
        call().then(
          () => answered++,
          () => {},
        ),
      );
    }
    await delay(tickMs);
  }
  await Promise.all(settled);
  return { made: settled.length, answered, passedMs: performance.now() - startedAt };
}
