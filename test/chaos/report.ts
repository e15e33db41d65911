/** A run, for people. */
import type { ChaosReport } from './run-chaos.ts';

/** The report as Markdown. */
export function formatReport(report: ChaosReport): string {
  const { title, seed, tookMs, faults, outcomes, violations } = report;
  const minutes = (tookMs / 60_000).toFixed(1);
  const calls = Object.values(outcomes).reduce((all, counts) => all + total(counts), 0);
  const names = [...new Set(Object.values(outcomes).flatMap((counts) => Object.keys(counts)))].sort(okFirst);
  return `${[
    `${title}, seed ${seed}, ${minutes} minutes: ${faults.length} faults, ${calls} calls, ${report.events} events of ${report.streams} streams, **${violations.length} violations**.`,
    '',
    '| fault | times |',
    '| --- | --- |',
    ...countKinds(faults.map(({ kind }) => kind)).map(([kind, times]) => `| ${kind} | ${times} |`),
    '',
    `| calls | ${names.map((name) => (name === 'ok' ? 'answered' : `\`${name}\``)).join(' | ')} |`,
    `|${' --- |'.repeat(names.length + 1)}`,
    ...Object.entries(outcomes).map(
      ([kind, counts]) => `| ${kind} | ${names.map((name) => counts[name] ?? 0).join(' | ')} |`,
    ),
    '',
    `${describeLateness(report.maxLateMs)} Servers began ${report.runs} calls.`,
    ...(violations.length === 0 ? [] : ['', ...violations.map((violation) => `- ${violation}`)]),
  ].join('\n')}\n`;
}

function describeLateness(maxLateMs: number): string {
  if (maxLateMs <= 0) return 'Every call settled by its deadline.';
  return `The latest call settled ${Math.round(maxLateMs)} ms after its deadline.`;
}

function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

function okFirst(a: string, b: string): number {
  if (a === 'ok') return -1;
  return b === 'ok' ? 1 : a.localeCompare(b);
}

function countKinds(kinds: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a.localeCompare(b));
}
