/**
 * What a run found out, for a terminal and as a document.
 * Owns: which file holds what. Must not know: how tables and chart are drawn.
 */
import { readFile, writeFile } from 'node:fs/promises';
import type { Results } from '../results/results.ts';
import { drawChart } from './chart.ts';
import { formatDocument } from './document.ts';
import { profileTable } from './profile-table.ts';
import { runLines } from './run-lines.ts';
import { sideTable } from './side-table.ts';
import { comparisonTables, targetTable } from './tables.ts';

const folder = new URL('../../', import.meta.url);

/** Writes RESULTS.md, with what notes.md says, and the chart that it and the README show. */
export async function writeReport(results: Results): Promise<void> {
  const notes = await readFile(new URL('notes.md', folder), 'utf8');
  await writeFile(new URL('RESULTS.md', folder), formatDocument(results, notes));
  await writeFile(new URL('results.svg', folder), drawChart(results));
}

/** For a terminal. */
export function formatResults(results: Results): string {
  const parts = [
    runLines(results).join('\n'),
    ...comparisonTables(results).flatMap(({ title, markdown }) => [title, markdown]),
    sideTable(results),
    profileTable(results.profiles),
    targetTable(results, { onlyMeasured: true }),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
