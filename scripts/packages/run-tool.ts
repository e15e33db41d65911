import { execFile } from 'node:child_process';

/** Where and how long a program runs. */
export interface RunOptions {
  readonly cwd: string;
  /** Added to the environment. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** @default 300_000 */
  readonly timeoutMs?: number;
}

/** What a program said. */
export interface ToolOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Rejects with all it said when it fails. */
export function runTool(file: string, args: readonly string[], options: RunOptions): Promise<ToolOutput> {
  const { cwd, env, timeoutMs = 300_000 } = options;
  const settings = {
    cwd,
    env: { ...outsideEnvironment(), ...env },
    timeout: timeoutMs,
    maxBuffer: 64 * 1024 * 1024,
  };
  return new Promise((resolve, reject) => {
    execFile(file, [...args], settings, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout, stderr });
      const why = error.killed === true ? `did not end within ${timeoutMs} ms` : `failed (${error.code})`;
      reject(
        new Error(`${[file, ...args].join(' ')} in ${cwd} ${why}\n${stdout}${stderr}`, { cause: error }),
      );
    });
  });
}

/**
 * The environment of somebody who stands outside of this repository. Test runners and package managers add what would
 * let a program find this repository's packages (NODE_PATH, by pnpm's command shims), its settings or its loaders.
 */
export function outsideEnvironment(): NodeJS.ProcessEnv {
  const inner =
    /^(NODE_PATH|NODE_OPTIONS|NODE_ENV|INIT_CWD|PNPM_.*|TEST|VITEST.*|npm_(package|lifecycle|command).*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inner.test(name)));
}
