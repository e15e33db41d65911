/** Item 69 of the contract, and all else that is promised in types: the compiler accepts what fits and refuses what does not. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readTypeCases, readWrongTypes, type TypeFile } from '../types/type-cases.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Below the tests, so that packages are found; left out of every other run of the compiler. */
const folder = fileURLToPath(new URL('../types/.cache/', import.meta.url));
const cases = await readTypeCases();
const wrongTypes = await readWrongTypes();

/** The lines the compiler complains about, by file. One run for all: starting it costs more than a file. */
async function compile(files: readonly TypeFile[]): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  await rm(folder, { recursive: true, force: true });
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const paths = files.map(({ path }) => path);
  const config = { extends: relative(folder, join(root, 'tsconfig.base.json')), files: paths };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const output = await new Promise<string>((resolve) => {
    const tsc = join(root, 'node_modules/.bin/tsc');
    execFile(tsc, ['--noEmit', '--pretty', 'false', '-p', folder], { cwd: folder }, (_error, stdout) =>
      resolve(stdout),
    );
  });
  const lines = new Map(paths.map((path) => [path, new Set<number>()]));
  for (const [message, path, line] of output.matchAll(/^(\S+?)\((\d+),\d+\): error .*$/gm)) {
    const found = lines.get(path!);
    if (found === undefined) throw new Error(`an error in another file: ${message}`);
    found.add(Number(line));
  }
  return lines;
}

describe('the compiler', () => {
  let found: ReadonlyMap<string, ReadonlySet<number>>;
  const sorted = (path: string): number[] => [...found.get(path)!].sort((a, b) => a - b);

  beforeAll(async () => {
    found = await compile([...cases.flatMap(({ files }) => files), wrongTypes]);
  }, 60_000);

  test.each(cases)('[69] accepts what fits in $name, and refuses the rest', ({ files }) => {
    const [, unexpected] = files;
    expect(unexpected.errorLines.length).toBeGreaterThan(0);
    for (const { path, errorLines } of files) expect(sorted(path)).toEqual(errorLines);
  });

  test('looked at the files: it refuses what is wrong on purpose', () => {
    expect(wrongTypes.errorLines.length).toBeGreaterThan(4);
    expect(sorted(wrongTypes.path)).toEqual(wrongTypes.errorLines);
  });
});

test('the cases import what users have, and nothing of this workspace', () => {
  const known =
    /^(@trpc-kafka\/(core|link|adapter|testing)|@trpc\/(client|server)(\/http)?|kafkajs|zod|expect-type)$/;
  const imported = cases.flatMap(({ files: [{ text }] }) =>
    Array.from(text.matchAll(/ from '([^']+)'/g), ([, from]) => from!),
  );
  expect(imported.length).toBeGreaterThan(cases.length);
  expect(imported.filter((from) => !known.test(from))).toEqual([]);
});
