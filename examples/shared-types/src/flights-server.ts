import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../flights/src/server.ts', import.meta.url));

/** The flights service, in a process of its own. */
export interface FlightsServer extends AsyncDisposable {
  readonly pid: number;
}

/** Starts the flights service in a process of its own; resolves when a call made now is answered. */
export async function startFlightsServer(brokers: readonly string[]): Promise<FlightsServer> {
  const child = fork(script, {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...process.env, KAFKA_BROKERS: brokers.join() },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const server = { pid: child.pid ?? 0, [Symbol.asyncDispose]: () => stop(child) };
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line === 'the flights service is ready') return server;
  }
  throw new Error('the flights service ended before it was ready');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
