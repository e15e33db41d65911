import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
// Inside of the package, so that its own name resolves; ignored by git.
const folder = fileURLToPath(new URL('../.cache/readme/', import.meta.url));
const readme = await readFile(`${packageFolder}README.md`, 'utf8');
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await Promise.all(blocks.map((code, i) => writeFile(`${folder}block-${i}.ts`, code)));
});

afterAll(() => rm(folder, { recursive: true }));

test.each(blocks.map((code, i) => [i, code]))('code block %i of the README runs to its end', async (i) => {
  const { stderr } = await run(process.execPath, ['--import', 'tsx', `${folder}block-${i}.ts`], {
    cwd: packageFolder,
    env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  });
  expect(stderr).not.toContain('Error:');
});

test('the README has code to run', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(2);
});
