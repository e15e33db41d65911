import type { NodeControl } from './kafka-backend.js';
import { KafkaClusterError } from './kafka-errors.js';
import type { AskedNode } from './readiness.js';

/** A controlled shutdown moves leaders away first, and waits for a quorum that may be gone. */
const stopTimeoutMs = 30_000;

/**
 * One node of a cluster, to be taken down and up. All of it resolves when the process has done it; what the rest of the
 * cluster makes of it is awaited with the cluster's `waitUntilReady()`.
 */
export interface KafkaNode {
  readonly id: number;
  /** Where clients reach it, `host:port`; the same after a restart. */
  readonly address: string;
  /** Where clients reach its secure listener; undefined where it has none. */
  readonly secureAddress: string | undefined;
  /** The broker's process; undefined while it does not run. In Docker, the process as the daemon's machine sees it. */
  readonly pid: number | undefined;
  /** What was asked of it last. */
  readonly state: 'up' | 'paused' | 'down';
  /** SIGKILL, resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, a controlled shutdown; rejects with STOP_TIMED_OUT after 30 s, when the node still runs. */
  stop(): Promise<void>;
  /** SIGSTOP: connections stay open and nobody answers. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): Promise<void>;
  /** Starts it on the same data and port, after a controlled stop if it is not down. */
  restart(): Promise<void>;
}

/** A node, with what the cluster needs to know to ask it. */
export type SteeredNode = KafkaNode & AskedNode;

/** Puts a node's states over the bare process; the node has just been started. */
export function steerNode(control: NodeControl): SteeredNode {
  let state: KafkaNode['state'] = 'up';

  const node: SteeredNode = {
    id: control.id,
    address: control.address,
    secureAddress: control.secureAddress,
    get pid() {
      return control.pid;
    },
    get running() {
      return control.pid !== undefined;
    },
    get state() {
      return state;
    },
    logTail: () => control.logTail(),
    async kill() {
      state = 'down';
      await control.signal('SIGKILL');
      await control.ended();
    },
    async stop() {
      // A stopped process would meet SIGTERM only when it is let go.
      if (state === 'paused') await control.signal('SIGCONT');
      state = 'down';
      await control.signal('SIGTERM');
      await withinStopTimeout(control);
    },
    async pause() {
      if (state !== 'up')
        throw new Error(`node ${control.id} is ${state}: only a node that is up can be paused`);
      state = 'paused';
      await control.signal('SIGSTOP');
    },
    async resume() {
      if (state !== 'paused')
        throw new Error(`node ${control.id} is ${state}: only a paused node can be resumed`);
      state = 'up';
      await control.signal('SIGCONT');
    },
    async restart() {
      if (state !== 'down') await node.stop();
      await control.start();
      state = 'up';
    },
  };
  return node;
}

async function withinStopTimeout(control: NodeControl): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `node ${control.id} still runs ${stopTimeoutMs} ms after SIGTERM: is a quorum of nodes up?`;
      reject(new KafkaClusterError('STOP_TIMED_OUT', message));
    }, stopTimeoutMs);
  });
  try {
    await Promise.race([control.ended(), late]);
  } finally {
    clearTimeout(timer);
  }
}
