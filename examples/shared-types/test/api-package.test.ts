/** The package that the flights team publishes: types, where the service is reached, and nothing of the service. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesInTarball, readInTarball } from '../../../scripts/packages/packed-packages.js';
import { runTool } from '../../../scripts/packages/run-tool.js';
import { publishApi, type Release } from '../src/publish-api.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** What only the service needs: its libraries, its code, what is written in its code. */
const ofTheService = /zod|superjson|EventEmitter|createMemoryFlightBoard|LH400|NotEnoughSeats|two capital/i;

describe('@acme/flights-api', () => {
  let release: Release;

  beforeAll(async () => {
    release = await publishApi();
  }, 120_000);
  afterAll(async () => release[Symbol.asyncDispose]());

  const textOf = (file: string): Promise<string> => readInTarball(release.tarball, file);

  test('holds a program and declarations for both module systems, and no more', async () => {
    expect((await filesInTarball(release.tarball)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/index.cjs',
      'dist/index.d.cts',
      'dist/index.d.ts',
      'dist/index.mjs',
      'package.json',
    ]);
  });

  test('has nothing of the service', async () => {
    for (const file of [
      'package.json',
      'dist/index.mjs',
      'dist/index.cjs',
      'dist/index.d.ts',
      'dist/index.d.cts',
    ]) {
      expect(await textOf(file), file).not.toMatch(ofTheService);
    }
    // The words are those of the service's sources: they would be found.
    const folder = new URL('../flights/src/', import.meta.url);
    const sources = await Promise.all(
      (await readdir(folder)).map((name) => readFile(new URL(name, folder), 'utf8')),
    );
    expect(sources.filter((text) => ofTheService.test(text)).length).toBeGreaterThan(2);
  });

  test('runs the definition of the service and nothing else, and depends on nothing', async () => {
    const program = await textOf('dist/index.mjs');
    expect(Array.from(program.matchAll(/from "([^"]+)"/g), ([, name]) => name)).toEqual(['@trpc-kafka/core']);
    expect(program).toContain('defineKafkaService({ name: "flight-board" })');
    expect(program).toMatch(/export \{ flightService \};\s*$/);
    const manifest = JSON.parse(await textOf('package.json')) as Record<string, unknown>;
    expect(manifest['dependencies']).toBeUndefined();
  });

  test('declares no more than is needed, in names of its own and of its peers', async () => {
    const declarations = await textOf('dist/index.d.ts');
    const { peerDependencies } = JSON.parse(await textOf('package.json')) as { peerDependencies: object };
    const imported = Array.from(declarations.matchAll(/from "([^"]+)"/g), ([, name]) => name!);
    const packages = new Set(imported.map((name) => name.split('/').slice(0, 2).join('/')));
    expect([...packages].sort()).toEqual(Object.keys(peerDependencies).sort());
    expect(declarations).toMatch(/export \{ type FlightRouter, flightService \};\s*$/);
    expect(await textOf('dist/index.d.cts')).toBe(declarations);
  });

  test('is fit to be published', async () => {
    await runTool('pnpm', ['exec', 'publint', '--strict', release.tarball], { cwd: root });
  });

  // It takes a while to ask a compiler in every way.
  test.runIf(process.env['TEST_MATRIX'] === 'full')(
    'resolves in every way its exports promise',
    async () => {
      await runTool('pnpm', ['exec', 'attw', '--profile', 'node16', release.tarball], { cwd: root });
    },
    60_000,
  );
});
