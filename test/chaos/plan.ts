/** What is to go wrong, in which order and for how long: made from a seed, so that it can be made again. */
import { between, createRandom, shuffled } from '../support/random.ts';

/** What can go wrong. */
export const faultKinds = [
  'kill broker',
  'stop broker',
  'kill server',
  'stop server',
  'cut server',
  'rolling deploy',
  'rebalance storm',
  'stop client',
  'cut client',
  'duplicate records',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** One thing that goes wrong, and the calm behind it. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** Chooses among the processes there are: from 0. */
  readonly target: number;
  /** How long it lasts, in ms; a deploy and a storm take the time they take. */
  readonly lastsMs: number;
  readonly calmMs: number;
}

/** Shorter and longer than a session (6 s) and than a lease, where a process or a line is away. */
const lasting: Readonly<Record<FaultKind, readonly [fromMs: number, toMs: number]>> = {
  'kill broker': [3000, 10_000],
  'stop broker': [2000, 8000],
  'kill server': [0, 3000],
  'stop server': [1000, 10_000],
  'cut server': [1000, 10_000],
  'rolling deploy': [0, 0],
  'rebalance storm': [0, 0],
  'stop client': [1000, 8000],
  'cut client': [1000, 8000],
  'duplicate records': [2000, 4000],
};

/** Plans so much time. Every kind comes before any comes again, so that a short plan has most of them. */
export function createPlan(seed: number, totalMs: number): PlannedFault[] {
  const random = createRandom(seed);
  const plan: PlannedFault[] = [];
  let plannedMs = 0;
  let kinds: FaultKind[] = [];
  while (plannedMs < totalMs) {
    if (kinds.length === 0) kinds = shuffled(random, faultKinds);
    const kind = kinds.pop()!;
    const lastsMs = between(random, ...lasting[kind]);
    const fault = { kind, target: between(random, 0, 99), lastsMs, calmMs: between(random, 2000, 5000) };
    plan.push(fault);
    // What deploys and storms take was measured, roughly.
    plannedMs += fault.calmMs + (lastsMs === 0 ? 5000 : lastsMs);
  }
  return plan;
}
