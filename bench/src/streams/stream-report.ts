/** The figures of open streams as a table, to be read in a terminal and pasted into a document. */
import { markdownTable } from 'markdown-table';
import type { StreamBenchmarkOptions, StreamFigures } from './stream-benchmark.ts';

/** Writes the table. */
export function formatStreamFigures(
  { streams, periodMs }: Pick<StreamBenchmarkOptions, 'streams' | 'periodMs'>,
  figures: StreamFigures,
): string {
  const atWork = `an item every ${periodMs / 1000} s`;
  const { bare } = figures;
  const rows = [
    [`${streams} open streams, ${figures.brokers}`, 'idle', atWork],
    ['server memory a stream', bytes(figures.serverBytes), bytes(figures.serverBytesAtWork)],
    ['… of it: the bare generator', bytes(bare.generator), ''],
    ['… with `callTRPCProcedure` and its signal', bytes(bare.procedure), ''],
    ['client memory a stream', bytes(figures.clientBytes), bytes(figures.clientBytesAtWork)],
    [
      'produce requests a second, server and client',
      rate(figures.idleProducesPerSecond),
      rate(figures.workProducesPerSecond),
    ],
    ['CPU of the server, of one core', share(figures.idleCpu), share(figures.workCpu)],
  ];
  return [
    markdownTable(rows, { align: ['l', 'r', 'r'] }),
    '',
    `All had started after ${(figures.openMs / 1000).toFixed(1)} s; each got each of its items, once and in order.`,
  ].join('\n');
}

const bytes = (count: number): string => `${Math.round(count)} B`;
const share = (part: number): string => `${(part * 100).toFixed(1)} %`;
const rate = (perSecond: number | undefined): string => perSecond?.toFixed(1) ?? '?';
