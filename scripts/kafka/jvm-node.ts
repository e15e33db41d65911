import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeControl } from './kafka-backend.js';
import { KafkaClusterError } from './kafka-errors.js';
import { heapFlags, jvmFlags } from './node-settings.js';

export interface JvmNodeOptions {
  readonly id: number;
  readonly port: number;
  readonly securePort: number | undefined;
  /** Has the node's `server.properties`; gets its log and data. */
  readonly folder: string;
  readonly java: string;
  readonly classPath: string;
  /** Told of every process that is started. */
  readonly track: (child: ChildProcess) => void;
}

/** Kafka prints its whole configuration at level info: time and disk that a test node need not spend. */
const logFlags = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
];

export function createJvmNode(options: JvmNodeOptions): NodeControl {
  const { id, port, securePort } = options;
  let child: ChildProcess | undefined;

  return {
    id,
    address: `127.0.0.1:${port}`,
    secureAddress: securePort === undefined ? undefined : `127.0.0.1:${securePort}`,
    get pid() {
      return child?.pid;
    },
    async start() {
      const started = await spawnJava(options, ['kafka.Kafka', settingsPath(options.folder)]);
      child = started;
      started.once('exit', () => {
        child = undefined;
      });
    },
    async signal(signal) {
      child?.kill(signal);
    },
    async ended() {
      if (child === undefined) return;
      child.ref();
      await once(child, 'exit');
    },
    logTail: () => readLogTail(options.folder),
  };
}

/** Writes the metadata that a node needs before its first start. */
export async function formatStorage(options: JvmNodeOptions, clusterId: string): Promise<void> {
  const tool = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId];
  const child = await spawnJava(options, [...tool, '--config', settingsPath(options.folder)]);
  child.ref();
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) {
    const log = await readLogTail(options.folder);
    throw new KafkaClusterError(
      'START_FAILED',
      `formatting the storage of node ${options.id} failed; its log:\n${log}`,
    );
  }
}

export function settingsPath(folder: string): string {
  return join(folder, 'server.properties');
}

/**
 * The class path goes by environment: dozens of jars would bury the settings file in the command line.
 * Nothing is awaited between the child's first sign of life and the caller, who must not miss its exit.
 */
async function spawnJava(options: JvmNodeOptions, args: readonly string[]): Promise<ChildProcess> {
  const log = openSync(join(options.folder, 'node.log'), 'a');
  const child = spawn(options.java, [...heapFlags, ...jvmFlags, ...logFlags, ...args], {
    cwd: options.folder,
    // A process group of its own: Ctrl-C at the terminal reaches the tests, which decide what ends when.
    detached: true,
    env: { ...process.env, CLASSPATH: options.classPath },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  options.track(child);
  child.unref();
  await once(child, 'spawn');
  return child;
}

async function readLogTail(folder: string): Promise<string> {
  const log = await readFile(join(folder, 'node.log'), 'utf8').catch(() => '');
  return log.trimEnd().split('\n').slice(-20).join('\n');
}
