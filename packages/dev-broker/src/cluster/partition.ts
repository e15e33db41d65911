/**
 * One partition: its log, its replicas, and who leads it.
 *
 * Owns: leadership and the readers that wait for records. Must not know: requests. Followers are always
 * caught up (they share the log), so the in-sync replicas are the replicas whose node is live.
 */
import { createPartitionLog, type PartitionLog } from '../log/partition-log.js';
import { createProducerStates, type ProducerStates } from '../log/producer-states.js';
import type { BrokerNode } from './broker-node.js';

/** Called when something happened that a waiting reader may be waiting for. */
export type Waiter = () => void;

/** The id that stands for no leader. */
export const NO_LEADER = -1;

export interface Partition {
  readonly topicName: string;
  readonly index: number;
  readonly log: PartitionLog;
  readonly producers: ProducerStates;
  /** The first one is the preferred leader. */
  readonly replicas: readonly BrokerNode[];
  /** Node that leads, NO_LEADER while none of the replicas is live. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** False once its topic was deleted. */
  readonly exists: boolean;
  inSyncReplicas(): readonly BrokerNode[];
  /** Gives leadership to a node; one without a replica gets the leader's. */
  lead(node: BrokerNode): void;
  /** Keeps the leader if it is live, else elects the first live replica. */
  elect(): void;
  /** Wakes readers; called once per request, after all its appends. */
  wake(): void;
  /** Calls `waiter` at each wake until the returned function is called. */
  wait(waiter: Waiter): () => void;
  remove(): void;
}

class PartitionImpl implements Partition {
  readonly topicName: string;
  readonly index: number;
  replicas: readonly BrokerNode[];
  readonly log: PartitionLog = createPartitionLog();
  readonly producers: ProducerStates = createProducerStates();
  leaderId: number = NO_LEADER;
  /** The constructor's election makes it 0. */
  leaderEpoch = -1;
  exists = true;
  readonly #waiters = new Set<Waiter>();

  constructor(topicName: string, index: number, replicas: readonly BrokerNode[]) {
    this.topicName = topicName;
    this.index = index;
    this.replicas = replicas;
    this.elect();
  }

  inSyncReplicas(): readonly BrokerNode[] {
    const live = this.replicas.filter((node) => node.isLive);
    // Kafka never empties the ISR: the last one in it stays, offline, to be elected when it returns.
    return live.length > 0 ? live : this.replicas.slice(0, 1);
  }

  lead(node: BrokerNode): void {
    if (!this.replicas.includes(node)) {
      this.replicas = this.replicas.map((replica) => (replica.id === this.leaderId ? node : replica));
    }
    this.#setLeader(node.id);
  }

  elect(): void {
    if (this.replicas.some((node) => node.id === this.leaderId && node.isLive)) return;
    this.#setLeader(this.replicas.find((node) => node.isLive)?.id ?? NO_LEADER);
  }

  #setLeader(nodeId: number): void {
    if (nodeId === this.leaderId) return;
    this.leaderId = nodeId;
    this.leaderEpoch++;
    if (nodeId !== NO_LEADER) this.log.beginEpoch(this.leaderEpoch);
    this.wake();
  }

  wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  wait(waiter: Waiter): () => void {
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  remove(): void {
    this.exists = false;
    this.wake();
  }
}

/** A partition led by the first of its live replicas. */
export function createPartition(
  topicName: string,
  index: number,
  replicas: readonly BrokerNode[],
): Partition {
  return new PartitionImpl(topicName, index, replicas);
}
