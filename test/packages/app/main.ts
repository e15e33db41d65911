/**
 * An application that knows the packages only as a user does: `node main.js <file of cases> ...`.
 * It runs the cases of the files in `cases/`, prints a report of each, and then has to end by itself.
 */
import { inspect } from 'node:util';
import type { AppCase, CaseReport } from './app-case.js';

async function report(each: AppCase): Promise<CaseReport> {
  try {
    await each.run();
    return { name: each.name };
  } catch (error) {
    return { name: each.name, failure: inspect(error) };
  }
}

async function main(): Promise<void> {
  for (const file of process.argv.slice(2)) {
    const { cases } = (await import(`./cases/${file}.js`)) as { cases: readonly AppCase[] };
    for (const each of cases) process.stdout.write(`${JSON.stringify(await report(each))}\n`);
  }
}

void main();
