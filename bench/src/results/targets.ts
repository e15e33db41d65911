/**
 * What was promised, in the order in which it was, with what the run found.
 * Owns: the numbers of the targets. Must not know: how a figure is measured.
 */
import { median, type Spread, spreadOf } from '../measure/statistics.ts';
import { type ScalingFigures, scalingShapes } from '../measures/scaling.ts';
import type { Results } from './results.ts';
import {
  callsPerSecondAt,
  cpuUsAt,
  createTally,
  type Figure,
  itemsPerSecondOf,
  latencyAt,
  openLoopOf,
  type Tally,
} from './tally.ts';
import { createTarget, type Target } from './target.ts';

const raw = 'raw kafkajs';
const ours = 'kafkaLink on kafkajs';

/** All of them. */
export function targetsOf(results: Results): readonly Target[] {
  const tally = createTally(results.visits);
  return [
    ...targetsOfKafkajs(tally),
    ...targetsOfBest(tally),
    ...targetsOfStreams(tally),
    ...targetsOfStart(results),
    ...targetsOfMemory(results),
    ...targetsOfScaling(results),
  ];
}

function targetsOfKafkajs(tally: Tally): readonly Target[] {
  const calls = 'calls/s at 256 in flight, kafkajs driver';
  const beside = (other: string, atLeast: number): Target =>
    createTarget({
      what: calls,
      unit: `× ${other}`,
      atLeast,
      measured: tally.ratio(ours, other, callsPerSecondAt(256)),
    });
  return [
    createTarget({
      what: 'p50 at 1 in flight, kafkajs driver',
      unit: `× ${raw}`,
      atMost: 1.2,
      measured: tally.ratio(ours, raw, latencyAt(1, 'p50')),
    }),
    beside(raw, 0.6),
    beside('NestJS', 4),
    beside('httpLink', 4),
    beside('wsLink', 0.7),
    createTarget({
      what: 'p99 at half of the peak rate, open loop, kafkajs driver',
      unit: '× p50',
      atMost: 5,
      measured: tally.quotient(ours, openLoopOf('half', 'p99'), openLoopOf('half', 'p50')),
    }),
  ];
}

/** The best of several, by the median of what they are compared by. */
interface Best {
  readonly name: string | undefined;
  readonly measured: Spread | undefined;
}

function bestOf(
  tally: Tally,
  { names, figure, least = false }: { names: readonly string[]; figure: Figure; least?: boolean },
): Best {
  let best: Best = { name: undefined, measured: undefined };
  for (const name of names) {
    const measured = tally.ratio(name, 'wsLink', figure);
    if (measured === undefined) continue;
    const isBetter =
      best.measured === undefined ||
      (least ? measured.median < best.measured.median : measured.median > best.measured.median);
    if (isBetter) best = { name, measured };
  }
  return best;
}

function targetsOfBest(tally: Tally): readonly Target[] {
  const oursBy = (link: string): string[] =>
    ['kafkajs', 'platformatic'].map((driver) => `${link} on ${driver}`);
  const aims = ['kafkaLink', 'kafkaBatchLink'].flatMap((link) =>
    [256, 1024].map((inFlight) => {
      const best = bestOf(tally, { names: oursBy(link), figure: callsPerSecondAt(inFlight) });
      return createTarget({
        what: `calls/s at ${inFlight} in flight, ${link}, best driver`,
        unit: '× wsLink',
        atLeast: 1,
        isAim: true,
        measured: best.measured,
        note: best.name,
      });
    }),
  );
  const all = [...oursBy('kafkaLink'), ...oursBy('kafkaBatchLink')];
  const leanest = bestOf(tally, { names: all, figure: cpuUsAt(256), least: true });
  return [
    ...aims,
    createTarget({
      what: 'CPU per call, client + server processes, 256 in flight',
      unit: '× wsLink',
      atMost: 1,
      isAim: true,
      measured: leanest.measured,
      note: leanest.name,
    }),
  ];
}

function targetsOfStreams(tally: Tally): readonly Target[] {
  return [1, 100].map((streams) =>
    createTarget({
      what: `subscription items/s, ${streams === 1 ? 'one stream' : `${streams} streams`}, kafkajs driver`,
      unit: '× wsLink',
      atLeast: 1.5,
      measured: tally.ratio(ours, 'wsLink', itemsPerSecondOf(streams)),
    }),
  );
}

function targetsOfStart({ start = [], idle }: Results): readonly Target[] {
  const cpu = (shares: readonly number[] = []): Spread | undefined =>
    spreadOf(shares.map((share) => share * 100));
  const note = idle && `kafkajs untouched: ${(median(idle.kafkajs) * 100).toFixed(1)} %`;
  return [
    createTarget({
      what: 'client ready, topics exist',
      unit: 'ms',
      atMost: 50,
      measured: spreadOf(start.map(({ readyMs }) => readyMs)),
    }),
    createTarget({
      what: 'first call of a new process',
      unit: '× a warm call',
      atMost: 2,
      measured: spreadOf(start.map(({ firstCallMs, warmCallMs }) => firstCallMs / warmCallMs)),
    }),
    createTarget({ what: 'idle client', unit: '% of a core', atMost: 1, measured: cpu(idle?.client), note }),
    createTarget({ what: 'idle server', unit: '% of a core', atMost: 1, measured: cpu(idle?.server), note }),
  ];
}

function targetsOfMemory({ heldCalls, openStreams }: Results): readonly Target[] {
  const kilobytes = (bytes: number | undefined): Spread | undefined =>
    bytes === undefined ? undefined : spreadOf([bytes / 1000]);
  return [
    createTarget({
      what: 'server memory per call in flight',
      unit: 'KB',
      atMost: 3,
      measured: kilobytes(heldCalls?.server),
      note: heldCalls && `of it the bare call: ${(heldCalls.bare / 1000).toFixed(2)} KB`,
    }),
    createTarget({
      what: 'server memory per open stream',
      unit: 'KB',
      atMost: 6,
      measured: kilobytes(openStreams?.serverBytes),
    }),
  ];
}

function targetsOfScaling({ scaling = [] }: Results): readonly Target[] {
  const [base, ...others] = scalingShapes;
  const one = scalingShapes.find(({ partitions, servers }) => partitions === 12 && servers === 1)!;
  return others.map(({ partitions, servers }) => {
    const isAboutServers = servers > 1;
    const from = isAboutServers ? one : base!;
    return createTarget({
      what: isAboutServers
        ? `calls per CPU-second, ${servers} server instances`
        : `calls per CPU-second, ${partitions} partitions`,
      unit: isAboutServers ? '× one instance' : '× one partition',
      atLeast: 0.9,
      measured: spreadOf(ratiosOf(scaling, { partitions, servers }, from)),
    });
  });
}

function ratiosOf(
  scaling: readonly ScalingFigures[],
  shape: { partitions: number; servers: number },
  from: { partitions: number; servers: number },
): number[] {
  const pick = ({ partitions, servers }: typeof shape): ScalingFigures[] =>
    scaling.filter((each) => each.partitions === partitions && each.servers === servers);
  return pick(shape).flatMap(({ round, callsPerCpuSecond }) => {
    const other = pick(from).find((each) => each.round === round);
    return other === undefined ? [] : callsPerCpuSecond / other.callsPerCpuSecond;
  });
}
