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
  readonly replicas: readonly BrokerNode[];
  /** Node that leads, NO_LEADER while none of the replicas is live. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  /** False once its topic was deleted. */
  readonly exists: boolean;
  inSyncReplicas(): readonly BrokerNode[];
  /** Gives leadership to a replica. */
  lead(nodeId: number): void;
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
  readonly replicas: readonly BrokerNode[];
  readonly log: PartitionLog = createPartitionLog();
  readonly producers: ProducerStates = createProducerStates();
  leaderId: number = NO_LEADER;
  leaderEpoch = -1;
  exists = true;
  readonly #waiters = new Set<Waiter>();

  constructor(topicName: string, index: number, replicas: readonly BrokerNode[]) {
    this.topicName = topicName;
    this.index = index;
    this.replicas = replicas;
    this.elect();
    this.leaderEpoch = 0;
  }

  inSyncReplicas(): readonly BrokerNode[] {
    const live = this.replicas.filter((node) => node.isLive);
    // Kafka never empties the ISR: the last one in it stays, offline, to be elected when it returns.
    return live.length > 0 ? live : this.replicas.slice(0, 1);
  }

  lead(nodeId: number): void {
    if (nodeId === this.leaderId) return;
    this.leaderId = nodeId;
    this.leaderEpoch++;
    this.wake();
  }

  elect(): void {
    if (this.replicas.some((node) => node.id === this.leaderId && node.isLive)) return;
    this.lead(this.replicas.find((node) => node.isLive)?.id ?? NO_LEADER);
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
