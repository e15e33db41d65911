import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { NodeControl, NodeSignal } from './kafka-backend.js';
import { KafkaClusterError } from './kafka-errors.js';
import { runCommand } from './run-command.js';

/** SIGSTOP sent to a container's first process is the kernel's to refuse; the freezer behind `pause` always works. */
const commandOf: Readonly<Record<NodeSignal, readonly string[]>> = {
  SIGKILL: ['kill', '--signal', 'SIGKILL'],
  SIGTERM: ['kill', '--signal', 'SIGTERM'],
  SIGSTOP: ['pause'],
  SIGCONT: ['unpause'],
};

export interface DockerNodeOptions {
  readonly id: number;
  readonly port: number;
  readonly securePort?: number | undefined;
  readonly container: string;
}

/** A container that was created, with its port and data for life, and is started and killed as a process would be. */
export function createDockerNode(options: DockerNodeOptions): NodeControl {
  const { id, port, securePort, container } = options;
  let pid: number | undefined;
  let watcher: ChildProcess | undefined;

  return {
    id,
    address: `127.0.0.1:${port}`,
    secureAddress: securePort === undefined ? undefined : `127.0.0.1:${securePort}`,
    get pid() {
      return pid;
    },
    async start() {
      await docker('start', container);
      pid = Number(await docker('inspect', '--format', '{{.State.Pid}}', container));
      const wait = spawn('docker', ['wait', container], { stdio: 'ignore' });
      wait.unref();
      wait.once('exit', () => {
        pid = undefined;
        watcher = undefined;
      });
      watcher = wait;
    },
    async signal(signal) {
      if (pid !== undefined) await docker(...commandOf[signal], container);
    },
    async ended() {
      if (watcher === undefined) return;
      watcher.ref();
      await once(watcher, 'exit');
    },
    async logTail() {
      const result = await runCommand('docker', ['logs', '--tail', '20', container]);
      return `${result.stdout}\n${result.stderr}`.trim();
    },
  };
}

/** Runs one docker command and gives what it printed. */
export async function docker(...args: readonly string[]): Promise<string> {
  const result = await runCommand('docker', args, { timeoutMs: 60_000 });
  if (!result.ok) throw new KafkaClusterError('START_FAILED', `docker ${args[0]} failed: ${result.failure}`);
  return result.stdout;
}
