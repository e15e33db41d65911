/**
 * The packages as users get them: tarballs.
 * Owns: building and packing them once for each content, so that every test and check of a run looks at the same files.
 * Must not know: what anybody does with them.
 */
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFileLock } from '../kafka/file-lock.js';
import { packageContentHash } from './package-content.js';
import { runTool } from './run-tool.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cache = join(root, '.cache/packages');
const dayMs = 24 * 3600 * 1000;

/** Name and tarball of each package. */
export type PackedPackages = ReadonlyMap<string, string>;

/** Packs the packages of this tree, unless these very sources have been packed before. */
export async function packedPackages(): Promise<PackedPackages> {
  const content = await packageContentHash(root);
  return await cachedTarballs(`content-${content}`, async (destination) => {
    // The build itself must not run twice at once, whatever the content: all builds write the same folders.
    await withFileLock(join(cache, 'build.lock'), () => buildAndPack(root, destination));
    if ((await packageContentHash(root)) !== content)
      throw new Error(
        'the sources of the packages were changed while they were being packed: run this again',
      );
  });
}

/** Builds and packs the packages of any tree that has its dependencies. */
export async function buildAndPack(tree: string, destination: string): Promise<void> {
  await runTool('pnpm', ['build'], { cwd: tree });
  const pack = ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', destination];
  await runTool('pnpm', pack, { cwd: tree });
}

/** The tarballs of that name; made by `make`, into a folder that is seen only when it is complete. */
export async function cachedTarballs(
  name: string,
  make: (destination: string) => Promise<void>,
): Promise<PackedPackages> {
  const folder = join(cache, name);
  await mkdir(cache, { recursive: true });
  await withFileLock(`${folder}.lock`, async () => {
    if (await exists(folder)) return;
    await dropOldContents();
    const draft = `${folder}.draft`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft);
    await make(draft);
    await rename(draft, folder);
  });
  return await readTarballs(folder);
}

/** Every change of a source leaves a folder behind; after a day nobody is running tests on it. */
async function dropOldContents(): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('content-')) continue;
    const { mtimeMs } = await stat(join(cache, name));
    if (mtimeMs < Date.now() - dayMs) await rm(join(cache, name), { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readTarballs(folder: string): Promise<PackedPackages> {
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const named = tarballs.map(async (file): Promise<[string, string]> => {
    const { name } = JSON.parse(await readInTarball(join(folder, file), 'package.json')) as { name: string };
    return [name, join(folder, file)];
  });
  return new Map(await Promise.all(named));
}

/** The text of a file of a packed package. */
export async function readInTarball(tarball: string, file: string): Promise<string> {
  return (await runTool('tar', ['-xOzf', tarball, `package/${file}`], { cwd: root })).stdout;
}

/** The paths of all files of a packed package. */
export async function filesInTarball(tarball: string): Promise<string[]> {
  const { stdout } = await runTool('tar', ['-tzf', tarball], { cwd: root });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^package\//, ''));
}

/** The names of the folders in `packages/`. */
export async function packageFolders(): Promise<string[]> {
  return await readdir(join(root, 'packages'));
}

/** The manifest of a folder in `packages/`, as it is before it is packed. */
export async function readManifest(folder: string): Promise<PackageManifest> {
  return JSON.parse(
    await readFile(join(root, 'packages', folder, 'package.json'), 'utf8'),
  ) as PackageManifest;
}

/** What the tests look at in a manifest. */
export interface PackageManifest {
  readonly name: string;
  readonly version: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}
