/** RESULTS.md: generated from the figures of a run, and from notes that people wrote. */
import type { Results } from '../results/results.ts';
import { profileTable } from './profile-table.ts';
import { runLines } from './run-lines.ts';
import { sideTable } from './side-table.ts';
import { comparisonTables, targetTable } from './tables.ts';

/** Writes it. */
export function formatDocument(results: Results, notes: string): string {
  return [
    '<!-- Written by `pnpm bench --report`, with notes.md in it: change that file, not this one. -->',
    '# What calls and streams cost, beside others',
    '![Calls a second, latency and CPU time of trpc-kafka and of what one would use instead](results.svg)',
    runLines(results)
      .map((line) => `- ${line}`)
      .join('\n'),
    '## Against the targets',
    'Ratios are taken within each round, between turns of the same run; [least–most] are those of the rounds.',
    targetTable(results),
    notes.trim(),
    '## All figures',
    'The echo of 100 bytes, with an input checked by zod where there is a router. Client and server are processes of their own; brokers have the same cores. Every answer is compared with what was sent.',
    ...comparisonTables(results).flatMap(({ title, markdown }) => [`### ${title}`, markdown]),
    ...(sideTable(results) === '' ? [] : ['### Beside calls', sideTable(results)]),
    ...profileSection(results),
    '## To repeat it',
    ['```sh', repeatCommand(results), '```'].join('\n'),
    'It takes a quarter of an hour, Node and a machine with nothing else to do; a Kafka is started where `KAFKA_BROKERS` names none. [README.md](README.md) says what is measured, and how.',
    '',
  ].join('\n\n');
}

function profileSection({ profiles }: Results): readonly string[] {
  const table = profileTable(profiles);
  if (table === '') return [];
  return [
    '### Where the CPU time of a call goes, in µs, 256 in flight',
    'By whose functions it was spent in, as a profiler that looks every millisecond saw it; what they called counts for who was called. Looking costs something, too.',
    table,
  ];
}

function repeatCommand({ seed, brokers, isQuick }: Results): string {
  const nodes = /(\d+) nodes/.exec(brokers)?.[1];
  return [
    'pnpm bench --report',
    `--seed ${seed}`,
    ...(isQuick ? ['--quick'] : []),
    ...(nodes === undefined ? [] : [`--nodes ${nodes}`]),
    ...(brokers === 'embedded broker' ? ['--embedded'] : []),
  ].join(' ');
}
