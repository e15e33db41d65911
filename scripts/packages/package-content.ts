import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** What else makes a difference to what is built: the compiler's and builder's settings, and the versions of all tools. */
const sharedFiles = [
  'LICENSE',
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tsconfig.base.json',
  'tsdown.shared.ts',
];
const withoutEffect = new Set(['node_modules', 'dist', 'test', '.cache']);

/** Names what the packages of a tree are made of: two trees with the same name make the same tarballs. */
export async function packageContentHash(root: string): Promise<string> {
  const files = [...sharedFiles.map((name) => join(root, name)), ...(await filesIn(join(root, 'packages')))];
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${relative(root, file)}\0`);
    hash.update(await readFile(file));
    hash.update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries
    .filter(({ name }) => !withoutEffect.has(name) && !name.endsWith('.test.ts'))
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? await filesIn(path) : [path];
    });
  return (await Promise.all(found)).flat().sort();
}
