/** Item 69 of the contract: the compiler accepts links that fit their router, and refuses each of those that do not. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = new URL('types/link-options.ts', import.meta.url);
/** Below the tests, so that packages are found; left out of every other run of the compiler. */
const folder = fileURLToPath(new URL('.cache/types', import.meta.url));
const expectation = /^\s*\/\/ @ts-expect-error .*$/gm;

/** The lines the compiler complains about, by file. */
async function compile(files: Readonly<Record<string, string>>): Promise<Map<string, number[]>> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const config = { extends: relative(folder, join(root, 'tsconfig.base.json')), files: Object.keys(files) };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const output = await new Promise<string>((resolve) => {
    execFile(tsc, ['--noEmit', '--pretty', 'false', '-p', folder], (_error, stdout) => resolve(stdout));
  });
  const lines = new Map<string, number[]>(Object.keys(files).map((name) => [name, []]));
  for (const [message, path, line] of output.matchAll(/^(\S+?)\((\d+),\d+\): error .*$/gm)) {
    const found = lines.get(path!.split('/').at(-1)!);
    if (found === undefined) throw new Error(`an error in another file: ${message}`);
    found.push(Number(line));
  }
  return lines;
}

test('[69] missing and superfluous transformers are compile errors wherever the link stands', async () => {
  const text = await readFile(source, 'utf8');
  const expected = [...text.matchAll(expectation)].map(
    ({ index, 0: comment }) => text.slice(0, index + comment.length).split('\n').length + 1,
  );
  expect(expected.length).toBeGreaterThan(10);
  // An empty comment keeps the line numbers.
  const found = await compile({ 'as-it-is.ts': text, 'unexpected.ts': text.replace(expectation, '//') });
  expect(found.get('as-it-is.ts')).toEqual([]);
  expect([...new Set(found.get('unexpected.ts'))]).toEqual(expected);
}, 60_000);
