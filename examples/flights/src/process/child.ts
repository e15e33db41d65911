import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Ready, readySchema } from './life.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was asked to. */
  readonly expected: boolean;
}

/** A process that the demo has started. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it can be used, never if it ends before. */
  readonly ready: Promise<Ready>;
  readonly exited: Promise<Exit>;
  /** Asks it to end, and makes it end if it does not within `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  /** The file in `src` that it runs. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string, from: 'stdout' | 'stderr') => void;
}

/** Starts a TypeScript file of this example in a process of its own, with a channel that tells it when we are gone. */
export function startChild(options: ChildOptions): Child {
  const script = fileURLToPath(new URL(`../${options.script}`, import.meta.url));
  const child = fork(script, {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  forwardLines(child, options.onLine);
  let asked = false;
  const exited = exitOf(child).then((exit): Exit => ({ ...exit, expected: asked }));
  return {
    name: options.name,
    pid: child.pid ?? 0,
    ready: readinessOf(child),
    exited,
    stop: async (graceMs) => {
      asked = true;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(force);
    },
  };
}

/** Waits for `close`, which comes after the last line of output, unlike `exit`. */
function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
}

function readinessOf(child: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const ready = readySchema.safeParse(message);
      if (ready.success) resolve(ready.data);
    });
  });
}

function forwardLines(child: ChildProcess, onLine: ChildOptions['onLine']): void {
  for (const from of ['stdout', 'stderr'] as const) {
    const stream = child[from];
    if (stream) createInterface({ input: stream }).on('line', (line) => onLine(line, from));
  }
}
