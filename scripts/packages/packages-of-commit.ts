/** The packages as they were: built and packed from a commit of this repository, without touching the tree or git. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAndPack, cachedTarballs, type PackedPackages } from './packed-packages.js';
import { runTool } from './run-tool.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packs the packages of a tag or commit, once for each. */
export async function packagesOfCommit(ref: string): Promise<PackedPackages> {
  const commit = await commitOf(ref);
  return await cachedTarballs(`commit-${commit}`, async (destination) => {
    const tree = await mkdtemp(join(tmpdir(), 'trpc-kafka-commit-'));
    try {
      await checkOut(commit, tree);
      await runTool('pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts'], {
        cwd: tree,
      });
      await buildAndPack(tree, destination);
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  });
}

async function commitOf(ref: string): Promise<string> {
  try {
    return (await git('rev-parse', '--verify', `${ref}^{commit}`)).trim();
  } catch (cause) {
    const cure = 'A clone without the whole history does not have it: git fetch --unshallow --tags';
    throw new Error(`there is no commit ${ref} here. ${cure}`, { cause });
  }
}

async function checkOut(commit: string, tree: string): Promise<void> {
  const archive = join(tree, 'archive.tar');
  await git('archive', '--format=tar', `--output=${archive}`, commit);
  await runTool('tar', ['-xf', archive], { cwd: tree });
  await rm(archive);
}

/** Asks git about this repository. */
export async function git(...args: readonly string[]): Promise<string> {
  return (await runTool('git', args, { cwd: root })).stdout;
}
