/** The figures of an overload as a table, to be read in a terminal and pasted into a document. */
import { markdownTable } from 'markdown-table';
import type { OverloadFigures, OverloadOptions } from './overload-benchmark.ts';

/** Writes the table. */
export function formatOverloadFigures(
  { resolverMs, maxConcurrentCalls, timeoutMs }: OverloadOptions,
  { brokers, capacity, loads }: OverloadFigures,
): string {
  const rows = [
    [
      `resolvers of ${resolverMs} ms, ${maxConcurrentCalls} at a time, timeout ${timeoutMs} ms, ${brokers}`,
      'asked',
      'answered in time',
      'of the capacity',
      'run',
      'dropped unrun',
    ],
    ['callers that wait: the capacity', '', perSecond(capacity), '100 %', '', ''],
    ...loads.map(({ times, askedPerSecond, answeredPerSecond, ran, expired }) => [
      `${times} times as many`,
      perSecond(askedPerSecond),
      perSecond(answeredPerSecond),
      `${Math.round((answeredPerSecond / capacity) * 100)} %`,
      String(ran),
      String(expired),
    ]),
  ];
  return markdownTable(rows, { align: ['l', 'r', 'r', 'r', 'r', 'r'] });
}

const perSecond = (count: number): string => `${Math.round(count)}/s`;
