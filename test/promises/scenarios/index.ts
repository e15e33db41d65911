/** All lines of the table, in its order. */
import type { Scenario } from '../scenario.ts';
import { brokenLines } from './broken-lines.ts';
import { changes } from './changes.ts';
import { deadProcesses } from './dead-processes.ts';

export const scenarios: readonly Scenario[] = [...deadProcesses, ...brokenLines, ...changes];
