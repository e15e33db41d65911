/**
 * Making topics and adding partitions: validation and placement, as Kafka's controller does both.
 *
 * Owns: checks and their order (ReplicationControlManager), and which node gets which replica.
 * Must not know: the wire. Throws KafkaErrors.
 */
import type { BrokerSettings } from '../options.js';
import { KafkaError } from '../protocol/kafka-error.js';
import type { BrokerNode } from './broker-node.js';
import { checkTopicConfig } from './topic-config.js';

/** Kafka's controller makes at most so many replicas per request (ReplicationControlManager). */
const MAX_REPLICAS_PER_REQUEST = 10_000;

/** A topic as asked for; -1 takes the broker's default. */
export interface TopicRequest {
  readonly name: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly assignments: readonly PartitionAssignment[];
  readonly configs: ReadonlyMap<string, string | null>;
}

/** Where the replicas of a partition shall be. */
export interface PartitionAssignment {
  readonly partitionIndex: number;
  readonly brokerIds: readonly number[];
}

/** Hands out nodes in turn, so that leaders are spread over the cluster and tests are repeatable. */
export interface ReplicaPlacer {
  place(replicationFactor: number): readonly BrokerNode[];
}

export function createReplicaPlacer(nodes: readonly BrokerNode[]): ReplicaPlacer {
  let next = 0;
  return {
    place(replicationFactor) {
      const live = nodes.filter((node) => node.isLive);
      if (replicationFactor > live.length) {
        throw new KafkaError(
          'INVALID_REPLICATION_FACTOR',
          `Unable to replicate the partition ${replicationFactor} time(s): only ${live.length} broker(s) are registered.`,
        );
      }
      const first = next++;
      return Array.from({ length: replicationFactor }, (_, i) => live[(first + i) % live.length]!);
    },
  };
}

/** The replicas of every partition asked for. */
export function placeTopic(
  request: TopicRequest,
  settings: BrokerSettings,
  cluster: { readonly nodes: readonly BrokerNode[]; readonly placer: ReplicaPlacer },
): readonly (readonly BrokerNode[])[] {
  if (request.assignments.length > 0) return placeByHand(request, cluster.nodes);
  const factor =
    request.replicationFactor === -1 ? settings['default.replication.factor'] : request.replicationFactor;
  if (factor < 1) {
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    );
  }
  const count = request.numPartitions === -1 ? settings['num.partitions'] : request.numPartitions;
  if (count < 1) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      'Number of partitions was set to an invalid non-positive value.',
    );
  }
  return placeReplicas(count, factor, cluster.placer);
}

/** The replicas of this many new partitions. Throws POLICY_VIOLATION for more than the controller makes at once. */
export function placeReplicas(
  count: number,
  replicationFactor: number,
  placer: ReplicaPlacer,
): readonly (readonly BrokerNode[])[] {
  if (count * replicationFactor > MAX_REPLICAS_PER_REQUEST) {
    throw new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.');
  }
  return Array.from({ length: count }, () => placer.place(replicationFactor));
}

function placeByHand(
  request: TopicRequest,
  nodes: readonly BrokerNode[],
): readonly (readonly BrokerNode[])[] {
  if (request.replicationFactor !== -1) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but replication factor was not set to -1.',
    );
  }
  if (request.numPartitions !== -1) {
    throw new KafkaError(
      'INVALID_REQUEST',
      'A manual partition assignment was specified, but numPartitions was not set to -1.',
    );
  }
  const sorted = [...request.assignments].sort((a, b) => a.partitionIndex - b.partitionIndex);
  sorted.forEach((assignment, i) => {
    if (assignment.partitionIndex !== i) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        'partitions should be a consecutive 0-based integer sequence',
      );
    }
  });
  return sorted.map((assignment) => nodesByIds(assignment.brokerIds, nodes));
}

/** The nodes with these ids. */
export function nodesByIds(ids: readonly number[], nodes: readonly BrokerNode[]): readonly BrokerNode[] {
  if (ids.length === 0) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes an empty replica list.',
    );
  }
  if (new Set(ids).size !== ids.length) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      'The manual partition assignment includes the same broker twice.',
    );
  }
  return ids.map((id) => {
    const node = nodes.find((candidate) => candidate.id === id);
    if (node === undefined) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `The manual partition assignment includes broker ${id}, but no such broker is registered.`,
      );
    }
    return node;
  });
}

/** The settings of a new topic, each checked. */
export function checkTopicConfigs(configs: ReadonlyMap<string, string | null>): ReadonlyMap<string, string> {
  const checked = new Map<string, string>();
  for (const [name, value] of configs) {
    checkTopicConfig(name, value);
    checked.set(name, value);
  }
  return checked;
}
