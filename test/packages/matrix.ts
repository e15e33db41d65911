/** Every version the packages are tried with, in one place. TEST_MATRIX=full tries all, a plain run one of each. */
import { readFileSync } from 'node:fs';

import { isFullMatrix } from '../support/full-matrix.js';

const workspace = readFileSync(new URL('../../pnpm-workspace.yaml', import.meta.url), 'utf8');
const link = JSON.parse(
  readFileSync(new URL('../../packages/link-kafka/package.json', import.meta.url), 'utf8'),
) as { peerDependencies: Record<string, string>; engines: Record<string, string> };

/** The version that this repository itself is developed with. */
export function catalogVersion(name: string): string {
  const escaped = name.replaceAll('/', '\\/');
  const version = new RegExp(`^ {2}"?${escaped}"?: (\\S+)$`, 'm').exec(workspace)?.[1];
  if (version === undefined) throw new Error(`${name} is not in the catalog of pnpm-workspace.yaml`);
  return version;
}

/** What the manifests promise: `^11.8.0` begins with 11.8.0. */
export const lowestTrpc: string = link.peerDependencies['@trpc/server']!.replace('^', '');
const newestTrpc = catalogVersion('@trpc/server');

/** What an application of `app/` is installed with, besides our packages. */
export function applicationDependencies(trpc: string = newestTrpc): Record<string, string> {
  const others = ['@types/node', 'kafkajs', 'typescript', 'zod'];
  return {
    '@trpc/client': trpc,
    '@trpc/server': trpc,
    ...Object.fromEntries(others.map((name) => [name, catalogVersion(name)])),
  };
}

/**
 * What puts packages into a folder: pnpm lets each see nothing but what it declares, npm puts all into one place, where
 * what is not declared may be found by accident, and what is there twice is another's.
 */
export type PackageClient = 'pnpm' | 'npm';

/** By what, and with which tRPC, the application is installed. */
export const installations: readonly { readonly client: PackageClient; readonly trpc: string }[] =
  isFullMatrix
    ? [
        { client: 'pnpm', trpc: lowestTrpc },
        { client: 'npm', trpc: lowestTrpc },
        { client: 'pnpm', trpc: newestTrpc },
        { client: 'npm', trpc: newestTrpc },
      ]
    : [{ client: 'pnpm', trpc: newestTrpc }];

/** The lowest tRPC that is promised, and the newest. */
export const trpcVersions: readonly string[] = isFullMatrix ? [lowestTrpc, newestTrpc] : [newestTrpc];

/** The Node that runs the tests, and those of the npm packages that hold its binaries: the lowest promised, and later lines. */
export const nodeVersions: readonly string[] = isFullMatrix
  ? ['own', `${link.engines['node']!.replace('>=', '')}.0`, '22', '24']
  : ['own'];

/** Every TypeScript that tRPC 11 takes, by minor. */
export const typescriptVersions: readonly string[] = isFullMatrix
  ? ['5.7', '5.9', '6.0', catalogVersion('typescript')]
  : [catalogVersion('typescript')];

/** Whether `version` is at least `lowest`, as far as both are written out; neither has a prerelease. */
export function isAtLeast(version: string, lowest: string): boolean {
  const [a, b] = [version, lowest].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = a.findIndex((part, n) => b[n] !== undefined && part !== b[n]);
  return at < 0 || a[at]! > b[at]!;
}
