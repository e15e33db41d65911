/**
 * The listening socket of one node and the connections it has accepted.
 *
 * Owns: listening, and stopping at once. Must not know: APIs.
 */
import { createServer, type Server } from 'node:net';
import type { BrokerNode } from '../cluster/broker-node.js';
import { type Connection, type Serve, serveConnection } from './connection.js';

export interface NodeServerOptions {
  readonly node: BrokerNode;
  readonly maxFrameBytes: number;
  readonly serve: Serve;
  readonly onBug: (error: unknown) => void;
}

export interface NodeServer {
  readonly node: BrokerNode;
  readonly connections: ReadonlySet<Connection>;
  /** Listens on the node's port; a node with port 0 gets one and keeps it from then on. */
  listen(): Promise<void>;
  /** Stops listening and cuts every connection. */
  stop(): Promise<void>;
  /** SIGSTOP and SIGCONT: connections are accepted by the kernel, bytes arrive, nothing answers. */
  pause(paused: boolean): void;
}

function listen(server: Server, node: BrokerNode): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(node.port, node.host, () => {
      server.removeListener('error', reject);
      const address = server.address();
      if (address !== null && typeof address === 'object') node.port = address.port;
      resolve();
    });
  });
}

export function createNodeServer(options: NodeServerOptions): NodeServer {
  const { node } = options;
  const connections = new Set<Connection>();
  let server: Server | undefined;
  return {
    node,
    connections,
    async listen() {
      const starting = createServer((socket) => {
        const connection = serveConnection({ ...options, socket });
        connections.add(connection);
        if (node.isPaused) connection.hold(true);
        connection.onClose(() => connections.delete(connection));
      });
      await listen(starting, node);
      server = starting;
    },
    stop() {
      const stopping = server;
      server = undefined;
      for (const connection of connections) connection.destroy();
      if (!stopping) return Promise.resolve();
      return new Promise((resolve) => {
        stopping.close(() => resolve());
      });
    },
    pause(paused) {
      node.isPaused = paused;
      for (const connection of connections) connection.hold(paused);
    },
  };
}
