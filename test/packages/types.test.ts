/** The programs of `test/types` against the declarations that are published: every compiler, every way to find them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packedPackages } from '../../scripts/packages/packed-packages.js';
import { isFullMatrix } from '../support/full-matrix.js';
import { readTypeCases, readWrongTypes } from '../types/type-cases.ts';
import { type CompilerError, compile, strictOptions } from './compiler.js';
import { createFreshFolder, type FreshFolder } from './fresh-folder.js';
import {
  applicationDependencies,
  catalogVersion,
  isAtLeast,
  trpcVersions,
  typescriptVersions,
} from './matrix.js';

/** How an importer finds the declarations. */
interface Resolution {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  readonly options: Readonly<Record<string, unknown>>;
  /** The TypeScript that has it, when not all have. */
  readonly since?: string;
}

const resolutions: readonly Resolution[] = [
  {
    name: 'NodeNext, ESM',
    type: 'module',
    options: { module: 'nodenext', moduleResolution: 'nodenext', verbatimModuleSyntax: true },
  },
  {
    name: 'NodeNext, CommonJS',
    type: 'commonjs',
    options: { module: 'nodenext', moduleResolution: 'nodenext' },
  },
  {
    name: 'bundler, ESM',
    type: 'module',
    options: { module: 'esnext', moduleResolution: 'bundler', verbatimModuleSyntax: true },
  },
  {
    name: 'bundler, CommonJS',
    type: 'commonjs',
    options: { module: 'commonjs', moduleResolution: 'bundler' },
    since: '6.0',
  },
];
const tried = isFullMatrix ? resolutions : resolutions.slice(0, 1);
const timeoutMs = 600_000;
const cases = await readTypeCases();
const wrongTypes = await readWrongTypes();

describe.each(trpcVersions)('with tRPC %s', (trpc) => {
  const fitting = cases.filter(({ needsTrpc }) => needsTrpc === undefined || isAtLeast(trpc, needsTrpc));
  const files = [...fitting.flatMap((each) => each.files), wrongTypes];
  let folder: FreshFolder;

  beforeAll(async () => {
    const compilers = typescriptVersions.map((version) => [
      `typescript-${version}`,
      `npm:typescript@${version}`,
    ]);
    folder = await createFreshFolder({
      packages: await packedPackages(),
      dependencies: {
        ...applicationDependencies(trpc),
        ...Object.fromEntries(compilers),
        'expect-type': catalogVersion('expect-type'),
      },
    });
  }, timeoutMs);
  afterAll(() => folder[Symbol.asyncDispose]());

  describe.each(typescriptVersions)('TypeScript %s', (version) => {
    const possible = tried.filter(({ since }) => since === undefined || isAtLeast(version, since));
    describe.each(possible)('$name', ({ name, type, options }) => {
      let errors: readonly CompilerError[];
      const below = `types ${version} ${name}`.replaceAll(/[^\w.]+/g, '-');

      beforeAll(async () => {
        await folder.write({
          [`${below}/package.json`]: JSON.stringify({ type }),
          [`${below}/tsconfig.json`]: JSON.stringify({
            compilerOptions: { ...strictOptions, ...options, noEmit: true },
            files: files.map(({ path }) => path),
          }),
          ...Object.fromEntries(files.map(({ path, text }) => [`${below}/${path}`, text])),
        });
        errors = await compile({ folder, in: below, compiler: `typescript-${version}` });
      }, timeoutMs);

      const errorLinesOf = (path: string): number[] =>
        [...new Set(errors.filter(({ file }) => file === path).map(({ line }) => line!))].sort(
          (a, b) => a - b,
        );

      test.each(fitting)('[69] accepts what fits in $name, and refuses the rest', (each) => {
        for (const { path, errorLines } of each.files)
          expect([path, errorLinesOf(path)]).toEqual([path, errorLines]);
      });

      test('refuses what is wrong on purpose', () => {
        expect(errorLinesOf(wrongTypes.path)).toEqual(wrongTypes.errorLines);
      });

      test('has nothing against the declarations themselves, nor its settings', () => {
        const known = new Set(files.map(({ path }) => path));
        expect(errors.filter(({ file }) => file === undefined || !known.has(file))).toEqual([]);
      });
    });
  });
});
