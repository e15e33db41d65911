/** Applications that know the packages only from their tarballs, in both module systems: item 68 of the contract. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packedPackages } from '../../scripts/packages/packed-packages.js';
import type { AppCase, CaseReport } from './app/app-case.js';
import { type AppFile, appFiles, readCases } from './app-files.js';
import { createFreshFolder, type FreshFolder } from './fresh-folder.js';
import { catalogVersion, isAtLeast, nodeVersions, trpcVersions } from './matrix.js';
import { installNodes, type NodeBinaries } from './node-binaries.js';
import { buildApp, type ModuleSystem, runApp } from './packed-app.js';

const installTimeoutMs = 600_000;
const cases = new Map<string, readonly AppCase[]>();
for (const { name } of appFiles) cases.set(name, await readCases(name));

let nodes: NodeBinaries;
beforeAll(async () => {
  nodes = await installNodes(nodeVersions);
}, installTimeoutMs);
afterAll(() => nodes[Symbol.asyncDispose]());

describe.each(trpcVersions)('with tRPC %s', (trpc) => {
  const fits = ({ needs }: AppFile): boolean => needs === undefined || isAtLeast(trpc, needs.trpc);
  const files = appFiles.filter(fits).map(({ name }) => name);
  const names = files.flatMap((file) => cases.get(file)!.map(({ name }) => name));
  let folder: FreshFolder;

  beforeAll(async () => {
    folder = await createFreshFolder({
      packages: await packedPackages(),
      dependencies: {
        '@trpc/client': trpc,
        '@trpc/server': trpc,
        '@types/node': catalogVersion('@types/node'),
        kafkajs: catalogVersion('kafkajs'),
        typescript: catalogVersion('typescript'),
        zod: catalogVersion('zod'),
      },
    });
  }, installTimeoutMs);
  afterAll(() => folder[Symbol.asyncDispose]());

  describe.each<ModuleSystem>(['esm', 'cjs'])('an application in %s', (modules) => {
    beforeAll(async () => {
      expect(await buildApp({ folder, modules, files })).toEqual([]);
    }, installTimeoutMs);

    describe.each(nodeVersions)('on Node %s', (version) => {
      let reports: readonly CaseReport[];
      beforeAll(async () => {
        reports = await runApp({ folder, modules, files }, nodes.of(version));
      }, installTimeoutMs);

      test.each(names)('[68] %s', (name) => {
        expect(reports.find((report) => report.name === name)).toEqual({ name });
      });
    });
  });
});
