/** The application of `app/`, built by a user's compiler in a fresh folder, once as ES modules and once as CommonJS. */
import { fileURLToPath } from 'node:url';
import type { CaseReport } from './app/app-case.js';
import { type CompilerError, compile, strictOptions } from './compiler.js';
import type { FreshFolder } from './fresh-folder.js';

/** The two ways to load a package. */
export type ModuleSystem = 'esm' | 'cjs';

const source = fileURLToPath(new URL('app', import.meta.url));

/** What the application is built of. */
export interface AppBuild {
  readonly folder: FreshFolder;
  readonly modules: ModuleSystem;
  /** The files of cases that go with the versions at hand. */
  readonly files: readonly string[];
}

/** Compiles the application into `app-<modules>/out`, and returns what the compiler complains about. */
export async function buildApp({ folder, modules, files }: AppBuild): Promise<CompilerError[]> {
  const below = `app-${modules}`;
  await folder.write({
    // This is all that makes an application one or the other.
    [`${below}/package.json`]: JSON.stringify({ type: modules === 'esm' ? 'module' : 'commonjs' }),
    [`${below}/tsconfig.json`]: JSON.stringify({
      compilerOptions: { ...strictOptions, module: 'nodenext', rootDir: 'src', outDir: 'out' },
      files: ['src/main.ts', ...files.map((name) => `src/cases/${name}.ts`)],
    }),
  });
  await folder.copy(source, `${below}/src`);
  return await compile({ folder, in: below });
}

/** Runs the application to its own end and returns what it reports of its cases. */
export async function runApp({ folder, modules, files }: AppBuild, node: string): Promise<CaseReport[]> {
  const options = { in: `app-${modules}`, env: { APP_MODULES: modules } };
  const { stdout } = await folder.run(node, ['out/main.js', ...files], options);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CaseReport);
}
