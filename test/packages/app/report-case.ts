import { inspect } from 'node:util';
import type { AppCase, CaseReport } from './app-case.js';

/** Runs a case and prints a report of it, as a line of JSON. */
export async function reportCase(each: AppCase): Promise<void> {
  const report = await each.run().then(
    (): CaseReport => ({ name: each.name }),
    (error: unknown): CaseReport => ({ name: each.name, failure: inspect(error) }),
  );
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
