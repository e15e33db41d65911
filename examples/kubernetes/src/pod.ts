/** The process of a pod as Kubernetes sees it: its environment, its probes, its end. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Pod {
  /** The status that a probe gets. */
  probe(path: string): Promise<number>;
  /** Asks until a probe gets a status. */
  until(path: string, status: number): Promise<void>;
  /** Sends a signal; resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `main.ts`; resolves when it answers probes. */
export async function startPod(env: Readonly<Record<string, string>>): Promise<Pod> {
  const child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx'],
    // Any port that is free here: this is no container.
    env: { ...process.env, ...env, HEALTH_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([once(lines, 'line'), exit])) as [string | number | null];
  const port = /port (\d+)$/.exec(String(line))?.[1];
  if (port === undefined) throw new Error(`the process said ${line} instead of its port`);

  async function probe(path: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    await response.arrayBuffer();
    return response.status;
  }

  return {
    probe,
    async until(path, status) {
      while ((await probe(path)) !== status) await delay(50);
    },
    async end(signal) {
      child.kill(signal);
      const [code] = await exit;
      return code;
    },
  };
}
