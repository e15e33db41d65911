/** A server or client under chaos, as a process on a line that can be cut. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type CuttableLine, openLine } from '../support/cuttable-line.ts';
import { forkScript } from '../support/forked-process.ts';

export interface ChaosProcess {
  readonly name: string;
  readonly line: CuttableLine;
  order(order: string): void;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself, as it was told to. */
  untilEnded(): Promise<void>;
}

/** How one is started. */
export interface ChaosProcessOptions {
  readonly name: string;
  readonly fixture: 'chaos-server' | 'chaos-client';
  readonly args: object;
  readonly onLine: (line: string) => void;
  /** It ended, and nobody had asked for it. */
  readonly onCrash: (name: string) => void;
}

/** Starts one. */
export async function startProcess(options: ChaosProcessOptions): Promise<ChaosProcess> {
  const { name, fixture, args, onLine, onCrash } = options;
  const line = await openLine();
  const file = new URL(`./fixtures/${fixture}.ts`, import.meta.url);
  const child = forkScript(file, [JSON.stringify({ ...args, name, linePort: line.port, skewMs: 0 })]);
  let mayEnd = false;
  createInterface({ input: child.stdout! }).on('line', onLine);
  // Its last lines are read when its output is closed, not when it has ended.
  const ended = once(child, 'close').then(async () => {
    await line[Symbol.asyncDispose]();
    if (!mayEnd) onCrash(name);
  });
  return {
    name,
    line,
    order: (order) => void child.send(order),
    signal: (signal) => void child.kill(signal),
    async kill() {
      mayEnd = true;
      child.kill('SIGKILL');
      await ended;
    },
    async untilEnded() {
      mayEnd = true;
      await ended;
    },
  };
}
