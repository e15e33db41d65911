/** One run: everything is started, goes wrong as planned, comes to rest, and is judged. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ChaosSize, startWorld } from './chaos-world.ts';
import { checkHistory, countOutcomes } from './check-history.ts';
import { makeFault } from './faults.ts';
import type { ChaosHistory } from './history.ts';
import { createPlan, type PlannedFault } from './plan.ts';

/** What is to be run. */
export interface ChaosRunOptions extends ChaosSize {
  /** How long things go wrong, in ms; starting and coming to rest are added. */
  readonly totalMs: number;
  /** Told of each step. */
  readonly onStep: (step: string) => void;
  /** Ends the plan early; what was done so far is judged. */
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface ChaosReport {
  readonly title: string;
  readonly seed: number;
  readonly tookMs: number;
  readonly faults: readonly PlannedFault[];
  readonly outcomes: Record<string, Record<string, number>>;
  readonly runs: number;
  readonly events: number;
  readonly streams: number;
  readonly maxLateMs: number;
  readonly violations: readonly string[];
}

/** Runs it. */
export async function runChaos(options: ChaosRunOptions): Promise<ChaosReport> {
  const { seed, totalMs, onStep } = options;
  const startedMs = performance.now();
  await using world = await startWorld(options);
  onStep(`${world.cluster.title}: ${options.servers} servers, ${options.clients} clients, seed ${seed}`);
  const plan = createPlan(seed, totalMs);
  const made: PlannedFault[] = [];
  for (const [n, fault] of plan.entries()) {
    if (options.signal?.aborted === true) break;
    made.push(fault);
    onStep(`${n + 1}/${plan.length} ${fault.kind}${fault.lastsMs > 0 ? ` for ${fault.lastsMs} ms` : ''}`);
    await makeFault(world, fault);
    await delay(fault.calmMs);
  }
  onStep('coming to rest');
  await world.untilStreaming();
  await world.endClients();
  await world.untilCarriedOut();
  const { history } = world;
  return {
    title: world.cluster.title,
    seed,
    tookMs: performance.now() - startedMs,
    faults: made,
    outcomes: countOutcomes(history),
    runs: sum(history.runs.values()),
    events: sum(history.events.values()),
    streams: history.events.size,
    maxLateMs: latest(history),
    violations: checkHistory(history),
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Of the calls that have a deadline. */
function latest({ calls }: ChaosHistory): number {
  let late = 0;
  for (const { kind, outcomes } of calls.values()) {
    if (kind !== 'one-way') late = Math.max(late, outcomes[0]?.lateMs ?? 0);
  }
  return late;
}
