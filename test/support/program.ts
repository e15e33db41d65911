/** A program that runs beside the test, and says what happens in lines. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { outsideEnvironment } from '../../scripts/packages/run-tool.js';

/** What to start. */
export interface ProgramOptions {
  readonly cwd: string;
  readonly args: readonly string[];
  /** Added to the environment. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running program. */
export interface Program extends AsyncDisposable {
  readonly lines: readonly string[];
  /** Resolves with the first line that fits among those after the first `from`. Rejects when the program ends without one. */
  heard(fits: (line: string) => boolean, from?: number): Promise<string>;
  /** Ends its input, which asks it to end; resolves when it has. Rejects when it failed. */
  end(): Promise<void>;
  /** Asks it to end, as whatever runs services does; resolves when it has. Rejects when it failed. */
  stop(): Promise<void>;
  /** Resolves when it has ended by itself. Rejects when it failed. */
  readonly ended: Promise<void>;
}

/** Starts Node with a program. Disposing of it kills it. */
export function startProgram({ cwd, args, env = {} }: ProgramOptions): Program {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...outsideEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const listener of listeners) listener();
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0) return resolve();
      reject(new Error(`${args.join(' ')} ended with ${code ?? signal}: ${lines.join('\n')}\n${errors}`));
    });
  });
  // Whoever waits for it is told; a program that is killed at the end of a test is nobody's concern.
  ended.catch(() => {});
  return {
    lines,
    ended,
    heard: (fits, from = 0) =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          const line = lines.slice(from).find(fits);
          if (line === undefined) return;
          listeners.delete(listener);
          resolve(line);
        };
        listeners.add(listener);
        listener();
        ended.then(() => reject(new Error(`${args.join(' ')} ended without the line`)), reject);
      }),
    async end() {
      child.stdin.end();
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}
