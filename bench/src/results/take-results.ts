/** Measures what is asked for, one thing after the other. */

import { openComparedBrokers } from '../broker/compared-brokers.ts';
import { removeTopics } from '../broker/create-topics.ts';
import { compare } from '../comparison/comparison.ts';
import type { Plan } from '../comparison/plan.ts';
import type { DriverName } from '../contestants/drivers.ts';
import { runIdleBenchmark } from '../idle/idle-benchmark.ts';
import { measureHeldCalls } from '../measures/held-calls.ts';
import { measureProfiles } from '../measures/profiles.ts';
import { measureScaling } from '../measures/scaling.ts';
import { measureStarts } from '../measures/start.ts';
import { runStreamBenchmark } from '../streams/stream-benchmark.ts';
import { machineFacts } from './machine-facts.ts';
import type { MeasureName, Results, SideMeasures } from './results.ts';

/** What is asked for. */
export interface TakeOptions {
  readonly plan: Plan;
  readonly isQuick: boolean;
  readonly seed: number;
  /** Names of contestants. */
  readonly contestants: readonly string[];
  /** What the measures beside calls are taken on. */
  readonly driver: DriverName;
  readonly measures: readonly MeasureName[];
  readonly embedded: boolean;
  readonly nodes: number;
  /** Told what is being done. */
  readonly onStep: (step: string) => void;
}

/** Measures. */
export async function takeResults(options: TakeOptions): Promise<Results> {
  const { plan, isQuick, seed, contestants, driver, onStep } = options;
  // Before a Kafka is started, which is work enough.
  const machine = machineFacts();
  await using brokers = await openComparedBrokers(options);
  const place = { brokers: brokers.addresses, driver };
  const none = { visits: [], failed: [] };
  try {
    const comparison = options.measures.includes('calls')
      ? await compare({ brokers: brokers.addresses, contestants, plan, seed, onStep })
      : none;
    const beside = await takeSideMeasures(options, place);
    return {
      machine,
      brokers: brokers.name,
      date: new Date().toISOString().slice(0, 10),
      seed,
      plan,
      isQuick,
      driver,
      ...comparison,
      ...beside,
    };
  } finally {
    await removeTopics(brokers.addresses, `bench-${process.pid}-`);
  }
}

async function takeSideMeasures(
  { measures, plan, seed, onStep }: TakeOptions,
  place: { readonly brokers: readonly string[]; readonly driver: DriverName },
): Promise<SideMeasures> {
  const take = async <TFigures>(
    name: MeasureName,
    step: string,
    measure: () => Promise<TFigures>,
  ): Promise<{ readonly [name: string]: TFigures } | undefined> => {
    if (!measures.includes(name)) return undefined;
    onStep(step);
    return { [name]: await measure() };
  };
  return {
    ...(await take('start', 'clients that start', () => measureStarts({ ...place, starts: plan.starts }))),
    ...(await take('idle', `nothing, for ${(plan.idleRounds * plan.idleMs) / 1000} s`, () =>
      runIdleBenchmark({
        brokers: place.brokers,
        rounds: plan.idleRounds,
        durationMs: plan.idleMs,
        settleMs: plan.idleMs,
        onStep: () => {},
      }),
    )),
    ...(await take('heldCalls', `${plan.heldCalls} calls held open`, () =>
      measureHeldCalls({ ...place, calls: plan.heldCalls }),
    )),
    ...(await take('openStreams', `${plan.openStreams} open streams`, () =>
      runStreamBenchmark({
        brokers: place.brokers,
        streams: plan.openStreams,
        idleMs: 1000,
        items: 1,
        periodMs: 1000,
        snapshots: undefined,
        onStep: () => {},
      }),
    )),
    ...(await take('scaling', 'partitions and server instances', () =>
      measureScaling({
        ...place,
        seed,
        rounds: plan.scalingRounds,
        durationMs: plan.scalingMs,
        warmUpMs: plan.warmUpMs,
        onStep,
      }),
    )),
    ...(await take('profiles', 'where the time of a call goes', () =>
      measureProfiles({ ...place, warmUpMs: plan.warmUpMs, durationMs: plan.levelMs }),
    )),
  };
}
