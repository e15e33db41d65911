/** The application of `app/`, built by a user's compiler in a fresh folder, as ES modules or as CommonJS. */
import { fileURLToPath } from 'node:url';
import type { CaseReport } from './app/app-case.js';
import { type CompilerError, compile, strictOptions } from './compiler.js';
import type { FreshFolder } from './fresh-folder.js';

/** The two ways to load a package. */
export type ModuleSystem = 'esm' | 'cjs';

const source = fileURLToPath(new URL('app', import.meta.url));

/** What is built: programs of `app/`, with what they import. */
export interface AppBuild {
  readonly folder: FreshFolder;
  readonly modules: ModuleSystem;
  /** By their paths from `app/`, without an extension. */
  readonly programs: readonly string[];
}

/** Compiles the programs into `app-<modules>/out`, and returns what the compiler complains about. */
export async function buildApp({ folder, modules, programs }: AppBuild): Promise<CompilerError[]> {
  const below = `app-${modules}`;
  await folder.write({
    // This is all that makes an application one or the other.
    [`${below}/package.json`]: JSON.stringify({ type: modules === 'esm' ? 'module' : 'commonjs' }),
    [`${below}/tsconfig.json`]: JSON.stringify({
      compilerOptions: { ...strictOptions, module: 'nodenext', rootDir: 'src', outDir: 'out' },
      files: programs.map((name) => `src/${name}.ts`),
    }),
  });
  await folder.copy(source, `${below}/src`);
  return await compile({ folder, in: below });
}

/** The reports of cases in what a program printed. */
export function readReports(output: string): CaseReport[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CaseReport);
}
