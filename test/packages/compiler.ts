/** A user's compiler, as it is installed in a fresh folder, and what it complains about. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { outsideEnvironment } from '../../scripts/packages/run-tool.js';
import type { FreshFolder } from './fresh-folder.js';

/** As strict as a user may be: also about the declarations of the packages themselves. */
export const strictOptions = {
  target: 'es2022',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
} as const;

/** One complaint of the compiler. */
export interface CompilerError {
  /** From the folder that was compiled; absent for complaints about the settings. */
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
}

/** What to compile, and with which compiler. */
export interface Compilation {
  readonly folder: FreshFolder;
  /** The folder below, with a `tsconfig.json`. */
  readonly in: string;
  /** The name the compiler is installed under. @default 'typescript' */
  readonly compiler?: string;
}

/**
 * Compiles a project. Complaints about the declarations of other people's packages are left out: those of Node, for
 * one, contradict themselves under `exactOptionalPropertyTypes`.
 */
export async function compile({
  folder,
  in: below,
  compiler = 'typescript',
}: Compilation): Promise<CompilerError[]> {
  const cwd = join(folder.path, below);
  const tsc = join(folder.path, 'node_modules', compiler, 'bin/tsc');
  const settings = { cwd, env: outsideEnvironment(), timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
  const { stdout, failed } = await new Promise<{ stdout: string; failed: boolean }>((resolve) => {
    execFile(process.execPath, [tsc, '--pretty', 'false', '-p', '.'], settings, (error, out, err) =>
      resolve({ stdout: out + err, failed: error !== null }),
    );
  });
  const errors = readErrors(stdout);
  if (failed && errors.length === 0) throw new Error(`the compiler failed without a complaint: ${stdout}`);
  return errors.filter(({ file }) => file === undefined || !isOthers(file));
}

function readErrors(output: string): CompilerError[] {
  return output
    .split('\n')
    .map((line) => /^(?:(\S+?)\((\d+),\d+\): )?error (TS\d+: .*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, file, line, message]) =>
      file === undefined ? { message: message! } : { file, line: Number(line), message: message! },
    );
}

function isOthers(file: string): boolean {
  const inPackages = file.split('node_modules/').at(-1)!;
  return file.includes('node_modules/') && !inPackages.startsWith('@trpc-kafka/');
}
