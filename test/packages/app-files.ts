/** Which files of cases the application has, and what each needs: the one place where a case declares it. */
import type { AppCase } from './app/app-case.js';

/** A file of cases of the application. */
export interface AppFile {
  readonly name: string;
  /** The lowest tRPC it runs with, when that is not the lowest that the packages take. */
  readonly needs?: { readonly trpc: string; readonly because: string };
}

/** In the order in which they run. */
export const appFiles: readonly AppFile[] = [
  { name: 'calls' },
  { name: 'streams' },
  { name: 'streamed-results' },
  { name: 'copies' },
  { name: 'procedure-errors', needs: { trpc: '11.22.1', because: '`.errors()` and `safe()` are new in it' } },
  {
    name: 'async-iterators',
    needs: { trpc: '11.25.2', because: '`subscribe()` without callbacks is new in it' },
  },
];

/** The cases of a file, to know their names; an application runs its own copy of them. */
export async function readCases(file: string): Promise<readonly AppCase[]> {
  return ((await import(`./app/cases/${file}.ts`)) as { cases: readonly AppCase[] }).cases;
}
