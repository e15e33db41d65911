/**
 * A cluster of in-memory brokers that speak Kafka's wire protocol on local ports.
 *
 * Owns: starting and stopping. Must not know: what the APIs do. For demos and tests, never for production:
 * nothing is on disk, and what replicas would do is only acted out.
 */
import { apis } from './apis/index.js';
import type { BrokerNode } from './cluster/broker-node.js';
import { type Cluster, createCluster } from './cluster/cluster.js';
import { type DevBrokerOptions, type DevTopic, resolveSettings } from './options.js';
import type { Answer } from './server/connection.js';
import { createNodeServer, type NodeServer } from './server/node-server.js';
import { readRequest, writeResponse } from './server/request-frame.js';

/** A running cluster. */
export interface DevBroker extends AsyncDisposable {
  /** `host:port` of every node: what a client takes as `brokers`. */
  readonly brokers: string[];
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
  createTopics(cluster, options.topics ?? []);
  const servers: NodeServer[] = nodes.map((node) =>
    createNodeServer({
      node,
      maxFrameBytes: settings['socket.request.max.bytes'],
      serve(frame, connection): Answer {
        const request = readRequest(frame, apis);
        const { version, clientId } = request;
        const handled = request.open.handle({
          cluster,
          node,
          version,
          clientId,
          clientHost: `/${connection.remoteHost}`,
          onDisconnect: (gone) => connection.onClose(gone),
        });
        if (handled instanceof Promise) return handled.then((body) => body && writeResponse(request, body));
        return handled && writeResponse(request, handled);
      },
      onBug: (error) => process.emitWarning(error as Error),
    }),
  );
  await Promise.all(servers.map((server) => server.listen()));
  const close = async (): Promise<void> => {
    cluster.groups.close();
    await Promise.all(servers.map((server) => server.stop()));
  };
  return {
    brokers: nodes.map((node) => `${node.host}:${node.port}`),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createTopics(cluster: Cluster, topics: readonly DevTopic[]): void {
  for (const { name, partitions = -1, replicationFactor = -1, configs = {} } of topics) {
    cluster.createTopic({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: new Map(Object.entries(configs)),
    });
  }
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
