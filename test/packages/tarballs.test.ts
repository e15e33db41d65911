/** What is in the packages, and what is not. Whether `exports` and types agree is asked by `pnpm check:packages`. */
import { stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { describe, expect, test } from 'vitest';
import {
  filesInTarball,
  type PackageManifest,
  packageFolders,
  packedPackages,
  readInTarball,
  readManifest,
} from '../../scripts/packages/packed-packages.js';

/** Twice what the largest takes: whoever exceeds it has packed what is none of ours. */
const maxPackedBytes = 250_000;
const packed = await packedPackages();
const folders = await packageFolders();

test('every package is packed', async () => {
  const names = await Promise.all(folders.map(async (folder) => (await readManifest(folder)).name));
  expect([...packed.keys()].sort()).toEqual(names.sort());
});

describe.each([...packed])('%s', async (_name, tarball) => {
  const files = await filesInTarball(tarball);
  const manifest = JSON.parse(await readInTarball(tarball, 'package.json')) as PackageManifest;
  const programs = await Promise.all(
    files
      .filter((file) => /\.[cm]js$/.test(file))
      .map(async (file) => [file, await readInTarball(tarball, file)] as const),
  );

  test('holds its build, a README, the licence, and nothing else', async () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
    const others = files.filter((file) => !/^dist\/[\w-]+\.(d\.)?[cm][jt]s$/.test(file));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect((await stat(tarball)).size).toBeLessThan(maxPackedBytes);
  });

  test('is built for both module systems', () => {
    const entries = files.filter((file) => file.startsWith('dist/index.')).sort();
    expect(entries).toEqual(
      ['index.cjs', 'index.d.cts', 'index.d.mts', 'index.mjs'].map((name) => `dist/${name}`),
    );
  });

  test('[68] has nobody else’s code in it', () => {
    // The bundler marks where each piece of a file comes from.
    const origins = programs.flatMap(([, text]) =>
      [...text.matchAll(/^\/\/#region (.+)$/gm)].map(([, from]) => from!),
    );
    expect(origins.length).toBeGreaterThan(0);
    expect(origins.filter((from) => !from.startsWith('src/') && !from.startsWith('\\0rolldown/'))).toEqual(
      [],
    );
  });

  test('[68] imports what it declares, and tRPC and kafkajs as peers', () => {
    const { dependencies = {}, peerDependencies = {} } = manifest;
    const imported = new Set(programs.flatMap(([, text]) => importsOf(text)));
    const undeclared = [...imported].filter((name) => !(name in dependencies) && !(name in peerDependencies));
    expect(undeclared).toEqual([]);
    expect(Object.keys(dependencies).filter((name) => /^(@trpc\/|kafkajs$)/.test(name))).toEqual([]);
  });

  test('is for the same Node, and of the same version, as the others', async () => {
    const all = await Promise.all(folders.map(readManifest));
    for (const { engines, version } of all)
      expect([engines, version]).toEqual([manifest.engines, manifest.version]);
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      // `workspace:` is what nobody outside could install.
      expect(range).toMatch(name.startsWith('@trpc-kafka/') ? /^\d/ : /^[\^~\d]/);
    }
  });
});

describe('@trpc-kafka/core', () => {
  /** What an entry imports, by whatever files of the build. */
  async function reachable(entry: string): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    const found = new Set<string>();
    const queue = [entry];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      const text = await readInTarball(packed.get('@trpc-kafka/core')!, file);
      for (const name of importsOf(text)) found.add(name);
      for (const [, own] of text.matchAll(/["']\.\/([\w-]+\.[cm]js)["']/g)) queue.push(`dist/${own}`);
    }
    return found;
  }

  test.each(['mjs', 'cjs'])(
    'loads @platformatic/kafka, which may not be there, by an entry of its own alone (%s)',
    async (extension) => {
      const reached = async (entry: string) => [...(await reachable(`dist/${entry}.${extension}`))];
      expect(await reached('index')).toEqual(['kafkajs']);
      expect(await reached('internal')).toEqual(['kafkajs']);
      expect(await reached('platformatic')).toContain('@platformatic/kafka');
    },
  );

  test('answers probes by an entry of its own: nobody else loads an HTTP server, and it loads no Kafka client', async () => {
    // The bundler keeps its helpers for CommonJS in a file that needs kafkajs, which is there anyway.
    expect([...(await reachable('dist/health.mjs'))]).toEqual([]);
    for (const entry of ['index', 'internal'].flatMap((name) => [`${name}.mjs`, `${name}.cjs`])) {
      expect(await readInTarball(packed.get('@trpc-kafka/core')!, `dist/${entry}`)).not.toContain(
        'node:http',
      );
    }
  });
});

/** The packages that a built file imports or requires, without Node's own. */
function importsOf(text: string): string[] {
  const specifiers = [...text.matchAll(/(?:\bfrom |\bimport |\brequire\(|\bimport\()["']([^"']+)["']/g)];
  return specifiers
    .map(([, specifier]) => specifier!)
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)![0])
    .filter((name) => !builtinModules.includes(name));
}
