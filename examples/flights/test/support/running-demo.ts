import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const example = fileURLToPath(new URL('../../', import.meta.url));

/** The demo as a process of its own, as `pnpm demo` runs it. */
export interface RunningDemo extends AsyncDisposable {
  readonly pid: number;
  output(): string;
  /** Resolves once the output holds this text; rejects if the demo ends without it. */
  seen(text: string): Promise<void>;
  readonly exitCode: Promise<number | null>;
  /** The id of one of its processes, as it showed it. */
  pidOf(name: string): number;
}

/** Starts the demo without colors, on the embedded broker. */
export function startDemo(env: Readonly<Record<string, string>> = {}): RunningDemo {
  const { KAFKA_BROKERS: _brokers, FORCE_COLOR: _colors, ...inherited } = process.env;
  const demo = spawn(process.execPath, ['--import', 'tsx', 'src/demo.ts'], {
    cwd: example,
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const progress = new EventEmitter().setMaxListeners(0);
  let output = '';
  let ended = false;
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      progress.emit('change');
    });
  }
  const exitCode = once(demo, 'close').then(([code]) => {
    ended = true;
    progress.emit('change');
    return code as number | null;
  });
  return {
    pid: demo.pid ?? 0,
    output: () => output,
    exitCode,
    seen: async (text) => {
      while (!output.includes(text)) {
        if (ended) throw new Error(`The demo ended without "${text}". It wrote:\n${output}`);
        await once(progress, 'change');
      }
    },
    pidOf: (name) => {
      const pid = new RegExp(`^ +${name} +pid (\\d+)`, 'm').exec(output)?.[1];
      if (pid === undefined) throw new Error(`The demo showed no process id for ${name}:\n${output}`);
      return Number(pid);
    },
    [Symbol.asyncDispose]: async () => {
      demo.kill('SIGKILL');
      await exitCode;
    },
  };
}

/** Whether a process still runs; one that has ended and only waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // No /proc on this system, or the process has ended in between.
    return process.platform !== 'linux';
  }
}
