/**
 * How the tests of React's hooks run: in jsdom, with the tRPC that their own package pins. tRPC's React packages name one
 * exact version as their peer, so that it cannot be the one of everybody else here.
 */
import { basename, join, relative } from 'node:path';
import { defineProject, type UserWorkspaceConfig } from 'vitest/config';

const repository = join(import.meta.dirname, '../../..');

/** Makes the configuration of a folder. */
export function createHooksProject(folder: string): UserWorkspaceConfig {
  return defineProject({
    root: folder,
    // Also for our own packages, whose sources lie elsewhere: as in an app, there is one copy of tRPC.
    resolve: { dedupe: ['@trpc/client', '@trpc/server'] },
    test: {
      name: basename(folder),
      environment: 'jsdom',
      // So that it can be named on the command line as other tests are.
      dir: repository,
      include: [`${relative(repository, folder)}/*.test.tsx`],
      testTimeout: 60_000,
      hookTimeout: 120_000,
    },
  });
}
