/**
 * Faults that befall the cluster: nodes that stop or hang, leaders that move, groups that rebalance.
 *
 * Owns: what happens to leadership and connections then. Must not know: single requests.
 */
import type { BrokerNode } from '../cluster/broker-node.js';
import type { Cluster } from '../cluster/cluster.js';
import type { NodeServer } from '../server/node-server.js';
import { createDeadline, type Deadline } from '../util/deadline.js';
import { passesFilter, type RequestFilter } from './request-match.js';

/** How a node goes down. */
export interface StopNodeOptions {
  /**
   * How long the others need to notice, in ms. Until then its partitions have no usable leader: 0 is a controlled
   * shutdown, a few seconds is a crash (Kafka needs `broker.session.timeout.ms`). @default 0
   */
  readonly electionMs?: number;
}

/** What can be done to the cluster as a whole. */
export interface ClusterFaults {
  /** Cuts the node's connections and closes its port; its partitions get other leaders, or none if nobody else has a replica. */
  stopNode(nodeId: number, options?: StopNodeOptions): Promise<void>;
  /** Brings a stopped node back on the same port. It leads nothing that found another leader meanwhile. */
  startNode(nodeId: number): Promise<void>;
  /**
   * The node hangs as after SIGSTOP: it accepts connections and requests and does not answer. After
   * `broker.session.timeout.ms` the others take it for dead and elect other leaders.
   */
  pauseNode(nodeId: number): void;
  /** The node goes on, beginning with what it was sent while it hung. */
  resumeNode(nodeId: number): void;
  /**
   * Gives a partition another leader and returns its id: the node asked for, else the next live replica. A node
   * that has no replica takes over the place of the current leader's, as after a reassignment.
   */
  moveLeader(topic: string, partition: number, nodeId?: number): number;
  /** Makes all members of a group join again; false if the group has none. */
  forceRebalance(groupId: string): boolean;
  /** Cuts open connections, of one client id or node or all, and returns how many. */
  disconnect(filter?: Pick<RequestFilter, 'clientId' | 'nodeId'>): number;
}

export interface ClusterFaultControl extends ClusterFaults {
  close(): void;
}

class ClusterFaultsImpl implements ClusterFaultControl {
  readonly #cluster: Cluster;
  readonly #servers: readonly NodeServer[];
  /** When the others notice that a node is gone. */
  readonly #fencing = new Map<BrokerNode, Deadline>();

  constructor(cluster: Cluster, servers: readonly NodeServer[]) {
    this.#cluster = cluster;
    this.#servers = servers;
  }

  async stopNode(nodeId: number, options: StopNodeOptions = {}): Promise<void> {
    const server = this.#server(nodeId);
    const { electionMs = 0 } = options;
    if (electionMs > 0) this.#fenceAfter(server.node, electionMs);
    else this.#setLive(server.node, false);
    await server.stop();
  }

  async startNode(nodeId: number): Promise<void> {
    const server = this.#server(nodeId);
    await server.listen();
    this.#setLive(server.node, true);
  }

  pauseNode(nodeId: number): void {
    const server = this.#server(nodeId);
    server.pause(true);
    this.#fenceAfter(server.node, this.#cluster.settings['broker.session.timeout.ms']);
  }

  resumeNode(nodeId: number): void {
    const server = this.#server(nodeId);
    this.#setLive(server.node, true);
    server.pause(false);
  }

  moveLeader(topic: string, partition: number, nodeId?: number): number {
    const found = this.#cluster.partition(topic, partition);
    if (!found) throw new Error(`moveLeader: there is no partition ${partition} of topic '${topic}'`);
    const others = found.replicas.filter((node) => node.isLive && node.id !== found.leaderId);
    const target = nodeId ?? others[0]?.id;
    if (target === undefined) {
      throw new Error(
        `moveLeader: ${topic}-${partition} has no other live replica; name the node to move it to`,
      );
    }
    const { node } = this.#server(target);
    if (!node.isLive) throw new Error(`moveLeader: node ${target} is down`);
    this.#cluster.moveLeader(found, node);
    return target;
  }

  forceRebalance(groupId: string): boolean {
    return this.#cluster.groups.forceRebalance(groupId);
  }

  disconnect(filter: Pick<RequestFilter, 'clientId' | 'nodeId'> = {}): number {
    let cut = 0;
    for (const { node, connections } of this.#servers) {
      for (const connection of connections) {
        const { clientId } = connection;
        if (!passesFilter(filter, { api: 'Metadata', clientId, nodeId: node.id })) continue;
        connection.destroy();
        cut++;
      }
    }
    return cut;
  }

  close(): void {
    for (const deadline of this.#fencing.values()) deadline.clear();
  }

  #server(nodeId: number): NodeServer {
    const server = this.#servers.find(({ node }) => node.id === nodeId);
    if (server) return server;
    const ids = this.#servers.map(({ node }) => node.id).join(', ');
    throw new Error(`there is no node ${nodeId}; the nodes are ${ids}`);
  }

  #setLive(node: BrokerNode, isLive: boolean): void {
    this.#fencing.get(node)?.clear();
    this.#cluster.setLive(node, isLive);
  }

  #fenceAfter(node: BrokerNode, ms: number): void {
    const deadline = this.#fencing.get(node) ?? createDeadline();
    this.#fencing.set(node, deadline);
    deadline.set(ms, () => this.#cluster.setLive(node, false));
  }
}

export function createClusterFaults(cluster: Cluster, servers: readonly NodeServer[]): ClusterFaultControl {
  return new ClusterFaultsImpl(cluster, servers);
}
