/**
 * Starts a real Apache Kafka of one or more nodes for tests, hands out its nodes to be killed, paused and restarted,
 * and leaves nothing behind. It owns a cluster's life: name, guardian, start, readiness, end.
 * It must not know how a node is run (kafka-backend.ts), nor which way is preferred (kafka-source.ts).
 */
import { randomBytes } from 'node:crypto';
import { claimName, clusterFolder, dockerLabel, writeRecord } from './cluster-record.js';
import { startGuardian } from './guardian.js';
import type { KafkaBackend } from './kafka-backend.js';
import { isKafkaClusterError, KafkaClusterError } from './kafka-errors.js';
import { type KafkaNode, type SteeredNode, steerNode } from './kafka-node.js';
import { findKafkaSource, type KafkaSource } from './kafka-source.js';
import type { KafkaSettings } from './node-settings.js';
import { waitForWholeCluster } from './readiness.js';
import type { SecureListener } from './secure-listener.js';

export interface KafkaClusterOptions {
  /** @default 1 */
  readonly nodes?: number;
  /**
   * Lower-case letters, digits and dashes. Clusters of different names are independent of each other.
   * @default a name of its own, starting with `test-`
   */
  readonly name?: string;
  /** Broker settings in Kafka's own spelling, over those of node-settings.ts. */
  readonly settings?: KafkaSettings;
  /** A second listener, over TLS, at which nobody may do anything that was not granted. @default none */
  readonly secure?: SecureListener;
  /** How long the nodes may take until they answer. @default 60_000 */
  readonly readyTimeoutMs?: number;
  /**
   * `process`: the cluster ends with this process, even by SIGKILL. `kept`: it stays until `kafka:down`.
   * @default 'process'
   */
  readonly lifetime?: 'process' | 'kept';
}

export interface KafkaCluster extends AsyncDisposable {
  readonly name: string;
  /** What runs, for people: `Apache Kafka 4.3.1 on Java 17.0.15`. */
  readonly title: string;
  /** `host:port` of every node, up or not. */
  readonly brokers: readonly string[];
  /** The same of the secure listeners; empty where there are none. */
  readonly secureBrokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
  /**
   * Resolves when the nodes that are up are one whole cluster: all agree on who is living, every partition has a
   * leader, replicas on living nodes are in sync. Rejects with NODE_ENDED at once when a node died by itself, with
   * NOT_READY after `timeoutMs` (default 60,000), saying what was missing.
   */
  waitUntilReady(options?: { timeoutMs?: number }): Promise<void>;
  /** Kills all nodes and removes their data. May be called again. */
  stop(): Promise<void>;
}

const defaultReadyTimeoutMs = 60_000;
/** A free port can be taken by somebody else before the node binds it. */
const startAttempts = 3;

/**
 * Starts a cluster of one's own and waits until it is ready.
 *
 * @throws KafkaClusterError KAFKA_UNAVAILABLE when nothing here can start one (the message is one line on why),
 * NAME_TAKEN, NODE_ENDED, NOT_READY
 *
 * @example
 * await using cluster = await startKafkaCluster({ nodes: 3 });
 * await cluster.nodes[0].kill();
 * await cluster.waitUntilReady(); // the other two have taken over
 */
export async function startKafkaCluster(options: KafkaClusterOptions = {}): Promise<KafkaCluster> {
  const backend = await prepareBackend();
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(backend, options);
    } catch (error) {
      if (attempt === startAttempts || !isPortTaken(error)) throw error;
    }
  }
}

/** One line on why a cluster of one's own cannot be started here; undefined when it can. */
export async function whyNoKafkaCluster(): Promise<string | undefined> {
  const source = await findKafkaSource();
  return source.kind === 'backends' ? undefined : whyNot(source);
}

function whyNot(source: Exclude<KafkaSource, { kind: 'backends' }>): string {
  if (source.kind === 'none') return source.reason;
  return 'KAFKA_BROKERS names a cluster whose nodes are not ours to take down';
}

/** The first way that works here: a daemon that answers may still be unable to pull. */
async function prepareBackend(): Promise<KafkaBackend> {
  const source = await findKafkaSource();
  if (source.kind !== 'backends') throw new KafkaClusterError('KAFKA_UNAVAILABLE', whyNot(source));
  const failures: unknown[] = [];
  for (const backend of source.backends) {
    try {
      await backend.prepare();
      return backend;
    } catch (error) {
      failures.push(error);
    }
  }
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  throw new KafkaClusterError('KAFKA_UNAVAILABLE', messages.join('; '), { cause: failures[0] });
}

function isPortTaken(error: unknown): boolean {
  return (
    isKafkaClusterError(error) &&
    /address already in use|BindException|port is already allocated/i.test(error.message)
  );
}

async function startOn(backend: KafkaBackend, options: KafkaClusterOptions): Promise<KafkaCluster> {
  const { name = `test-${randomBytes(5).toString('hex')}`, lifetime = 'process' } = options;
  const record = { name, backend: backend.kind };
  const owned = { ...record, ownerPid: process.pid };
  await claimName({ ...owned, brokers: [] });
  const folder = clusterFolder(name);
  const label = backend.kind === 'docker' ? dockerLabel(name) : undefined;
  const guardian = await startGuardian({ folder, dockerLabel: label });
  try {
    const controls = await backend.launch({
      folder,
      guardian,
      dockerLabel: label,
      nodeCount: options.nodes ?? 1,
      settings: options.settings ?? {},
      secure: options.secure,
    });
    const end = async (): Promise<void> => {
      await guardian.end();
      await Promise.all(controls.map((control) => control.ended()));
    };
    const cluster = createCluster({ name, title: backend.title, nodes: controls.map(steerNode), end });
    await cluster.waitUntilReady({ timeoutMs: options.readyTimeoutMs ?? defaultReadyTimeoutMs });
    await writeRecord({ ...(lifetime === 'kept' ? record : owned), brokers: cluster.brokers });
    if (lifetime === 'kept') await guardian.release();
    return cluster;
  } catch (error) {
    await guardian.end();
    throw error;
  }
}

function createCluster(options: {
  name: string;
  title: string;
  nodes: readonly SteeredNode[];
  end: () => Promise<void>;
}): KafkaCluster {
  const { name, title, nodes, end } = options;
  return {
    name,
    title,
    brokers: nodes.map(({ address }) => address),
    secureBrokers: nodes.flatMap(({ secureAddress }) => secureAddress ?? []),
    nodes,
    async waitUntilReady({ timeoutMs = defaultReadyTimeoutMs } = {}) {
      const up = nodes.filter(({ state }) => state === 'up');
      if (up.length === 0) throw new KafkaClusterError('NOT_READY', `no node of cluster "${name}" is up`);
      await waitForWholeCluster(up, timeoutMs);
    },
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}
