/**
 * A cluster of in-memory brokers that speak Kafka's wire protocol on local ports.
 *
 * Owns: starting and stopping. Must not know: what the APIs do. For demos and tests, never for production:
 * nothing is on disk, and what replicas would do is only acted out.
 */
import type { BrokerNode } from './cluster/broker-node.js';
import { type Cluster, createCluster } from './cluster/cluster.js';
import { NO_LEADER } from './cluster/partition.js';
import { enforceRetention, scheduleRetention } from './cluster/retention.js';
import { type ClusterFaults, createClusterFaults } from './faults/cluster-faults.js';
import { createFaultInjector, type RequestFaults } from './faults/request-faults.js';
import { createRequestLog, type RequestLog } from './faults/request-log.js';
import { type DevBrokerOptions, type DevTopic, resolveSettings } from './options.js';
import { createNodeServer } from './server/node-server.js';
import { createServe } from './server/serve-request.js';

/** A running cluster. */
export interface DevBroker extends AsyncDisposable {
  /** `host:port` of every node: what a client takes as `brokers`. */
  readonly brokers: string[];
  /** The ids of the nodes, in the order of `brokers`. */
  readonly nodeIds: readonly number[];
  /** What can go wrong with single requests. */
  readonly faults: RequestFaults;
  /** What can happen to nodes, leaders and groups. */
  readonly cluster: ClusterFaults;
  /** Which requests have been received. */
  readonly requests: RequestLog;
  /** The node that leads a partition; undefined where there is no such partition or none of its replicas is up. */
  leaderOf(topic: string, partition: number): number | undefined;
  /** The node that coordinates a group; undefined where none can. */
  coordinatorOf(groupId: string): number | undefined;
  /** Removes what topics' retention no longer keeps, now instead of at the next `log.retention.check.interval.ms`. */
  enforceRetention(): void;
  /** Stops everything at once: connections are cut, timers end. */
  close(): Promise<void>;
}

/**
 * Starts an in-memory Kafka cluster on this machine; it is ready when the promise resolves.
 *
 * @throws TypeError for an option it does not know; the listen error where a port is taken.
 * @example
 * await using broker = await createDevBroker({ nodes: 3 });
 * const kafka = new Kafka({ brokers: broker.brokers });
 */
export async function createDevBroker(options: DevBrokerOptions = {}): Promise<DevBroker> {
  const settings = resolveSettings(options);
  const nodes = makeNodes(options);
  const cluster = createCluster(nodes, settings);
  for (const topic of options.topics ?? []) createTopic(cluster, topic);
  const requests = createRequestLog();
  const injector = createFaultInjector(cluster);
  const servers = nodes.map((node) =>
    createNodeServer({
      node,
      maxFrameBytes: settings['socket.request.max.bytes'],
      serve: createServe({ cluster, node, injector, requests }),
      onBug: warnOfBug,
    }),
  );
  const clusterFaults = createClusterFaults(cluster, servers);
  const stopRetention = scheduleRetention(cluster);
  const close = async (): Promise<void> => {
    stopRetention();
    injector.close();
    clusterFaults.close();
    cluster.groups.close();
    await Promise.all(servers.map((server) => server.stop()));
  };
  const listening = await Promise.allSettled(servers.map((server) => server.listen()));
  const failed = listening.find((result) => result.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  return {
    brokers: nodes.map((node) => `${node.host}:${node.port}`),
    nodeIds: nodes.map((node) => node.id),
    faults: injector.faults,
    cluster: clusterFaults,
    requests,
    leaderOf(topic, partition) {
      const leaderId = cluster.partition(topic, partition)?.leaderId;
      return leaderId === NO_LEADER ? undefined : leaderId;
    },
    enforceRetention: () => enforceRetention(cluster),
    coordinatorOf: (groupId) => cluster.coordinatorOf(groupId)?.id,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createTopic(cluster: Cluster, topic: DevTopic): void {
  const { name, partitions = -1, replicationFactor = -1, configs = {} } = topic;
  cluster.createTopic({
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs: new Map(Object.entries(configs)),
  });
}

function makeNodes(options: DevBrokerOptions): BrokerNode[] {
  const { nodes = 1, port = 0, host = '127.0.0.1', firstNodeId = 1 } = options;
  return Array.from({ length: nodes }, (_, i) => ({
    id: firstNodeId + i,
    host,
    port: port === 0 ? 0 : port + i,
    isLive: true,
    isPaused: false,
  }));
}

/** The client only sees a closed connection, so whoever looks at the process must see more. */
function warnOfBug(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(
    `a request could not be handled, which is a bug of the dev broker: ${detail}`,
    'DevBrokerWarning',
  );
}
