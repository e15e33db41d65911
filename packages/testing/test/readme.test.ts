/** The README's tests run as they stand, and its tables have what there is. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { initTRPC } from '@trpc/server';
import { createTestPair } from '@trpc-kafka/testing';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');

test('the tests in the README pass', async () => {
  const [code, ...others] = Array.from(readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, block]) => block!);
  expect(others).toEqual([]);
  // Inside of the package, so that its own name resolves; ignored by git.
  const folder = join(packageFolder, '.cache/readme');
  await mkdir(folder, { recursive: true });
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'readme.ts');
  await writeFile(file, code!);
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--test-reporter', 'tap', file], {
    // Inside of a test runner, node:test would report to it.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/^# pass 2$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
});

/** What stands between backticks in the first cells of the table with this head. */
function firstCells(head: string): string[] {
  const table = readme.slice(readme.indexOf(`| ${head} |`)).split('\n\n')[0]!;
  const cells = table.split('\n').slice(2);
  return cells.flatMap((row) => Array.from(row.split('|')[1]!.matchAll(/`(\w+)/g), ([, name]) => name!));
}

test('the table of a pair has all its parts', async () => {
  const t = initTRPC.create();
  await using pair = await createTestPair({ router: t.router({}) });
  expect([...firstCells('of a pair')].sort()).toEqual(Object.keys(pair).sort());
});

test('the table of options has all options', async () => {
  const source = await readFile(join(packageFolder, 'src/options.ts'), 'utf8');
  const own = Array.from(source.matchAll(/readonly (\w+)\??: (?!undefined)/g), ([, name]) => name!);
  const ofTrpc = ['router', 'createContext', 'transformer', 'onError'];
  expect([...firstCells('option')].sort()).toEqual([...ofTrpc, ...own].sort());
});
