/** Item 69 of the contract, and all else that is promised in types: the compiler accepts what fits and refuses what does not. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cases = new URL('../types/cases/', import.meta.url);
const mustFail = new URL('../types/must-fail/', import.meta.url);
/** Below the tests, so that packages are found; left out of every other run of the compiler. */
const folder = fileURLToPath(new URL('../types/.cache/', import.meta.url));
const expectation = /^[ \t]*\/\/ @ts-expect-error .*$/gm;
const names = await readdir(cases);

/** The text without what expects errors. An empty comment keeps the line numbers. */
const unexpected = (text: string): string => text.replace(expectation, '//');

const lineAfter = (text: string, index: number): number => text.slice(0, index).split('\n').length + 1;

/** The lines the compiler complains about, by file. One run for all: starting it costs more than a file. */
async function compile(
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  await rm(folder, { recursive: true, force: true });
  for (const part of ['as-it-is', 'unexpected', 'must-fail']) {
    await mkdir(join(folder, part), { recursive: true });
  }
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  const config = { extends: relative(folder, join(root, 'tsconfig.base.json')), files: [...files.keys()] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const output = await new Promise<string>((resolve) => {
    const tsc = join(root, 'node_modules/.bin/tsc');
    execFile(tsc, ['--noEmit', '--pretty', 'false', '-p', folder], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  const lines = new Map([...files.keys()].map((name) => [name, new Set<number>()]));
  for (const [message, path, line] of output.matchAll(/^(\S+?)\((\d+),\d+\): error .*$/gm)) {
    const found = lines.get(path!);
    if (found === undefined) throw new Error(`an error in another file: ${message}`);
    found.add(Number(line));
  }
  return lines;
}

describe('the compiler', () => {
  const texts = new Map<string, string>();
  let found: ReadonlyMap<string, ReadonlySet<number>>;

  beforeAll(async () => {
    for (const name of names) {
      const text = await readFile(new URL(name, cases), 'utf8');
      texts.set(`as-it-is/${name}`, text).set(`unexpected/${name}`, unexpected(text));
    }
    texts.set('must-fail/wrong-types.ts', await readFile(new URL('wrong-types.ts', mustFail), 'utf8'));
    found = await compile(texts);
  }, 60_000);

  test.each(names)('[69] accepts what fits in %s, and refuses the rest', (name) => {
    const text = texts.get(`as-it-is/${name}`)!;
    expect([...found.get(`as-it-is/${name}`)!]).toEqual([]);
    const expected = [...text.matchAll(expectation)].map(({ index, 0: comment }) =>
      lineAfter(text, index + comment.length),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect([...found.get(`unexpected/${name}`)!].sort((a, b) => a - b)).toEqual(expected);
  });

  test('looked at the files: it refuses what is wrong on purpose', () => {
    const text = texts.get('must-fail/wrong-types.ts')!;
    const expected = text.split('\n').flatMap((line, n) => (line.endsWith('// error') ? [n + 1] : []));
    expect(expected.length).toBeGreaterThan(4);
    expect([...found.get('must-fail/wrong-types.ts')!]).toEqual(expected);
  });
});

test('the cases import what users have, and nothing of this workspace', async () => {
  const known =
    /^(@trpc-kafka\/(core|link|adapter|testing)|@trpc\/(client|server)(\/http)?|kafkajs|zod|expect-type)$/;
  const texts = await Promise.all(names.map((name) => readFile(new URL(name, cases), 'utf8')));
  const imported = texts.flatMap((text) =>
    Array.from(text.matchAll(/ from '([^']+)'/g), ([, from]) => from!),
  );
  expect(imported.length).toBeGreaterThan(names.length);
  expect(imported.filter((from) => !known.test(from))).toEqual([]);
});
