/** Applications that know the packages only from their tarballs, in both module systems: item 68 of the contract. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packedPackages } from '../../scripts/packages/packed-packages.js';
import { startProgram } from '../support/program.js';
import type { AppCase, CaseReport } from './app/app-case.js';
import { type AppFile, appFiles, readCases } from './app-files.js';
import { createFreshFolder, type FreshFolder } from './fresh-folder.js';
import { applicationDependencies, installations, isAtLeast, nodeVersions } from './matrix.js';
import { installNodes, type NodeBinaries } from './node-binaries.js';
import { buildApp, type ModuleSystem, readReports } from './packed-app.js';

const installTimeoutMs = 600_000;
const cases = new Map<string, readonly AppCase[]>();
for (const { name } of appFiles) cases.set(name, await readCases(name));

let nodes: NodeBinaries;
beforeAll(async () => {
  nodes = await installNodes(nodeVersions);
}, installTimeoutMs);
afterAll(() => nodes[Symbol.asyncDispose]());

describe.each(installations)('tRPC $trpc, installed by $client', ({ client, trpc }) => {
  const fits = ({ needs }: AppFile): boolean => needs === undefined || isAtLeast(trpc, needs.trpc);
  const files = appFiles.filter(fits).map(({ name }) => name);
  const names = files.flatMap((file) => cases.get(file)!.map(({ name }) => name));
  let folder: FreshFolder;

  beforeAll(async () => {
    folder = await createFreshFolder({
      packages: await packedPackages(),
      dependencies: applicationDependencies(trpc),
      client,
    });
  }, installTimeoutMs);
  afterAll(() => folder[Symbol.asyncDispose]());

  test(
    'the command of the embedded broker starts one, and ends when it is told to',
    async () => {
      const installed = join(folder.path, 'node_modules/@trpc-kafka/dev-broker');
      const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
        bin: Record<'dev-broker', string>;
      };
      const args = [join(installed, manifest.bin['dev-broker']), '--port', '0', '--topic', 'flights'];
      await using command = startProgram({ cwd: folder.path, args });
      const brokers = await command.heard(() => true);
      const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      expect(await admin.listTopics()).toEqual(['flights']);
      await admin.disconnect();
      await command.stop();
    },
    installTimeoutMs,
  );

  describe.each<ModuleSystem>(['esm', 'cjs'])('an application in %s', (modules) => {
    beforeAll(async () => {
      const programs = ['main', ...files.map((file) => `cases/${file}`)];
      expect(await buildApp({ folder, modules, programs })).toEqual([]);
    }, installTimeoutMs);

    describe.each(nodeVersions)('on Node %s', (version) => {
      let reports: readonly CaseReport[];
      beforeAll(async () => {
        const options = { in: `app-${modules}`, env: { APP_MODULES: modules } };
        const { stdout } = await folder.run(nodes.of(version), ['out/main.js', ...files], options);
        reports = readReports(stdout);
      }, installTimeoutMs);

      test.each(names)('[68] %s', (name) => {
        expect(reports.find((report) => report.name === name)).toEqual({ name });
      });
    });
  });
});
