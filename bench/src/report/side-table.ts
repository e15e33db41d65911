/** What is measured beside calls, as one table. */
import { markdownTable } from 'markdown-table';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import { scalingShapes } from '../measures/scaling.ts';
import type { Results } from '../results/results.ts';
import { formatSpread } from '../results/target.ts';

type Row = readonly [what: string, figure: Spread | undefined, unit: string];

/** Empty when nothing of it was measured. */
export function sideTable(results: Results): string {
  const rows = [...startRows(results), ...memoryRows(results), ...scalingRows(results)].flatMap(
    ([what, figure, unit]) => (figure === undefined ? [] : [[what, `${formatSpread(figure)} ${unit}`]]),
  );
  return rows.length === 0 ? '' : markdownTable([['', results.driver], ...rows], { align: ['l', 'r'] });
}

const one = (value: number | undefined): Spread | undefined =>
  value === undefined ? undefined : spreadOf([value]);

function startRows({ start = [], idle }: Results): readonly Row[] {
  const percent = (shares: readonly number[] = []): Spread | undefined =>
    spreadOf(shares.map((share) => share * 100));
  return [
    ['client ready, topics exist', spreadOf(start.map(({ readyMs }) => readyMs)), 'ms'],
    ['first call of a new process', spreadOf(start.map(({ firstCallMs }) => firstCallMs)), 'ms'],
    ['warm call of the same process', spreadOf(start.map(({ warmCallMs }) => warmCallMs)), 'ms'],
    ['idle client', percent(idle?.client), '% of a core'],
    ['idle server', percent(idle?.server), '% of a core'],
    ['idle producer and consumer of kafkajs as it is', percent(idle?.kafkajs), '% of a core'],
  ];
}

function memoryRows({ heldCalls, openStreams, plan }: Results): readonly Row[] {
  const calls = plan.heldCalls.toLocaleString('en-US');
  const streams = plan.openStreams.toLocaleString('en-US');
  return [
    [`server memory per call in flight (${calls} of them)`, one(heldCalls?.server), 'B'],
    ['… of it: tRPC’s call of the resolver, without a transport', one(heldCalls?.bare), 'B'],
    ['client memory per call in flight', one(heldCalls?.client), 'B'],
    [`server memory per open stream (${streams} of them)`, one(openStreams?.serverBytes), 'B'],
    ['client memory per open stream', one(openStreams?.clientBytes), 'B'],
  ];
}

function scalingRows({ scaling = [] }: Results): readonly Row[] {
  return scalingShapes.map(({ partitions, servers }) => {
    const figures = scaling.filter((each) => each.partitions === partitions && each.servers === servers);
    return [
      `calls per CPU-second, ${count(partitions, 'partition')}, ${count(servers, 'server')}`,
      spreadOf(figures.map(({ callsPerCpuSecond }) => callsPerCpuSecond)),
      '',
    ];
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
