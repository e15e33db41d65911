/** The figures of a run as tables, to be read in a terminal and in a document. */
import { markdownTable } from 'markdown-table';
import { contestants } from '../contestants/index.ts';
import type { Spread } from '../measure/statistics.ts';
import type { Results } from '../results/results.ts';
import {
  callsPerSecondAt,
  cpuUsAt,
  createTally,
  type Figure,
  itemCpuUsOf,
  itemsPerSecondOf,
  latencyAt,
  openLoopOf,
} from '../results/tally.ts';
import { formatSpread, shortNumber } from '../results/target.ts';
import { targetsOf } from '../results/targets.ts';

/** A table under a heading. */
export interface ReportTable {
  readonly title: string;
  readonly markdown: string;
}

interface Column {
  readonly head: string;
  readonly figure: Figure;
  readonly format?: (value: number) => string;
}

/** Each target, what was measured, and whether it is met; `onlyMeasured` leaves out what the run did not look at. */
export function targetTable(results: Results, { onlyMeasured = false } = {}): string {
  const targets = targetsOf(results).filter(({ measured }) => !onlyMeasured || measured !== undefined);
  const verdict = (isMet: boolean | undefined): string => (isMet === undefined ? '' : isMet ? '✓' : '✗');
  return markdownTable([
    ['what', 'target', 'measured', ''],
    ...targets.map(({ what, goal, text, isMet }) => [what, goal, text, verdict(isMet)]),
  ]);
}

/** All contestants side by side. */
export function comparisonTables(results: Results): readonly ReportTable[] {
  const { levels } = results.plan;
  const atLevels = (head: (inFlight: number) => string, figure: (inFlight: number) => Figure): Column[] =>
    levels.map((inFlight) => ({ head: head(inFlight), figure: figure(inFlight) }));
  const tables: readonly { readonly title: string; readonly columns: readonly Column[] }[] = [
    { title: 'Calls a second, by calls in flight', columns: atLevels(String, callsPerSecondAt) },
    {
      title: 'Latency, in ms, closed loop, by calls in flight',
      columns: [1, 64, 256, 1024]
        .filter((inFlight) => levels.includes(inFlight))
        .flatMap((inFlight) =>
          (inFlight === 1 ? percentiles : percentiles.slice(0, 2)).map(([percentile, label]) => ({
            head: `${inFlight}: ${label}`,
            figure: latencyAt(inFlight, percentile),
          })),
        ),
    },
    {
      title: 'Latency, in ms, open loop at half of the own peak',
      columns: [
        { head: 'calls/s', figure: openLoopOf('half', 'perSecond') },
        ...percentiles.map(([percentile, label]) => ({
          head: label,
          figure: openLoopOf('half', percentile),
        })),
      ],
    },
    {
      title: `Latency, in ms, open loop at ${results.plan.commonRate.toLocaleString('en-US')} calls a second`,
      columns: percentiles.map(([percentile, label]) => ({
        head: label,
        figure: openLoopOf('common', percentile),
      })),
    },
    {
      title: 'CPU time of a call, in µs, client + server processes, by calls in flight',
      columns: atLevels(String, cpuUsAt),
    },
    {
      title: 'CPU time of a call, in µs, 256 in flight, each side',
      columns: [
        { head: 'client', figure: cpuUsAt(256, 'client') },
        { head: 'server', figure: cpuUsAt(256, 'server') },
      ],
    },
    {
      title: 'Subscriptions',
      columns: [
        { head: 'items/s, one stream', figure: itemsPerSecondOf(1) },
        { head: 'items/s, 100 streams', figure: itemsPerSecondOf(100) },
        { head: 'CPU µs an item, one stream', figure: itemCpuUsOf(1) },
        { head: 'CPU µs an item, 100 streams', figure: itemCpuUsOf(100) },
      ],
    },
    { title: 'Memory, in MB, at the end of a turn', columns: memoryColumns },
  ];
  return tables
    .map(({ title, columns }) => ({ title, markdown: tableOf(results, columns) }))
    .filter(({ markdown }) => markdown !== '');
}

const percentiles = [
  ['p50', 'p50'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
] as const;

const memoryColumns: readonly Column[] = (
  [
    ['client, resident', 'clientRss'],
    ['server, resident', 'serverRss'],
    ['client, in use after collection', 'clientHeap'],
    ['server, in use after collection', 'serverHeap'],
  ] as const
).map(([head, key]) => ({ head, figure: ({ memory }) => memory[key] / 1e6 }));

/** Those for which there is something; empty when there is nobody. */
function tableOf(results: Results, columns: readonly Column[]): string {
  const tally = createTally(results.visits);
  const rows = contestants
    .map(({ name }) => ({ name, cells: columns.map(({ figure }) => tally.spread(name, figure)) }))
    .filter(({ cells }) => cells.some((cell) => cell !== undefined));
  if (rows.length === 0) return '';
  return markdownTable(
    [
      ['', ...columns.map(({ head }) => head)],
      ...rows.map(({ name, cells }) => [name, ...cells.map(cellText)]),
    ],
    { align: ['l', ...columns.map(() => 'r')] },
  );
}

function cellText(spread: Spread | undefined): string {
  return spread === undefined ? '' : formatSpread(spread, shortNumber);
}
