/**
 * An application that knows the packages only as a user does: `node main.js <file of cases> ...`.
 * It runs the cases of the files in `cases/`, prints a report of each, and then has to end by itself.
 */
import type { AppCase } from './app-case.js';
import { reportCase } from './report-case.js';

async function main(): Promise<void> {
  for (const file of process.argv.slice(2)) {
    const { cases } = (await import(`./cases/${file}.js`)) as { cases: readonly AppCase[] };
    for (const each of cases) await reportCase(each);
  }
}

void main();
