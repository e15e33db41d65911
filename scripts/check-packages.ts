/**
 * Checks the packages as they would be published: packs each, then asks publint and attw about the tarball
 * in every way its `exports` promise.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

async function packageFolders(): Promise<string[]> {
  const names = await readdir(join(root, 'packages'));
  return names.map((name) => join(root, 'packages', name));
}

/** `node10` resolution is left out: it knows no `exports`, and everything here is in them. */
async function checkTarball(tarball: string): Promise<void> {
  await run('pnpm', ['exec', 'publint', '--strict', tarball], { cwd: root });
  await run('pnpm', ['exec', 'attw', '--profile', 'node16', tarball], { cwd: root });
}

async function pack(folder: string, destination: string): Promise<string> {
  const { stdout } = await run('pnpm', ['pack', '--pack-destination', destination], { cwd: folder });
  return stdout.trim().split('\n').at(-1)!;
}

async function check(folder: string, destination: string): Promise<string | undefined> {
  const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name: string };
  try {
    await checkTarball(await pack(folder, destination));
    process.stdout.write(`${name}: packed, publint and attw have nothing to say\n`);
    return undefined;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    return `${name}: ${stdout}${stderr}${stdout || stderr ? '' : message}`;
  }
}

const destination = await mkdtemp(join(tmpdir(), 'trpc-kafka-packages-'));
try {
  const folders = await packageFolders();
  const failures = (await Promise.all(folders.map((folder) => check(folder, destination)))).filter(
    (failure) => failure !== undefined,
  );
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await rm(destination, { recursive: true, force: true });
}
