/** Runs commands: in this process, where it is about what they do, and as processes, where it is about signals and pipes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runProgram } from '@trpc-kafka/cli';

/** What became of a command. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs a command here. */
export async function run(args: readonly string[], stopped?: AbortSignal): Promise<Outcome> {
  let [out, errors] = ['', ''];
  const code = await runProgram(args, {
    stopped: stopped ?? new AbortController().signal,
    progress() {},
    write(written, onWritten) {
      out += written;
      queueMicrotask(() => onWritten?.());
    },
    note(written) {
      errors += written;
    },
  });
  return { code, out, errors };
}

/** The JSON texts of an output, one a line. */
export function linesOf({ out }: Pick<Outcome, 'out'>): unknown[] {
  const lines = out.trim().split('\n');
  return lines.filter((line) => line !== '').map((line): unknown => JSON.parse(line));
}

const program = fileURLToPath(new URL('../../packages/cli/src/cli.ts', import.meta.url));

/** A command that runs as a process. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts a command as a process. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): RunningCommand {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
    stdio: 'pipe',
  });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const outcome = once(child, 'close').then(([code]): Outcome => ({ code: code as number, out, errors }));
  return { child, outcome };
}
