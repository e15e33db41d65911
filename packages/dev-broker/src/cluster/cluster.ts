/**
 * The state all nodes share: nodes, topics, groups, producer ids.
 *
 * Owns: looking things up, creating and deleting topics, elections. Must not know: the wire, sockets.
 * Where Kafka replicates and propagates, this is one object: metadata is never stale, and a
 * controller's decision is in force at once everywhere.
 */
import { randomBytes } from 'node:crypto';
import { createGroupRegistry, type GroupRegistry } from '../groups/group-registry.js';
import type { BrokerSettings } from '../options.js';
import { KafkaError } from '../protocol/kafka-error.js';
import type { BrokerNode } from './broker-node.js';
import { createPartition, type Partition } from './partition.js';
import { createTopic, type Topic } from './topic.js';
import {
  checkTopicConfigs,
  createReplicaPlacer,
  placeTopic,
  type ReplicaPlacer,
  type TopicRequest,
} from './topic-creation.js';
import { checkTopicName, collisionKey } from './topic-name.js';

/** The topic whose partitions decide which node coordinates which group. */
export const OFFSETS_TOPIC = '__consumer_offsets';

export interface Cluster {
  readonly id: string;
  readonly settings: BrokerSettings;
  readonly nodes: readonly BrokerNode[];
  readonly topics: ReadonlyMap<string, Topic>;
  readonly groups: GroupRegistry;
  readonly placer: ReplicaPlacer;
  liveNodes(): readonly BrokerNode[];
  node(id: number): BrokerNode | undefined;
  topicById(id: string): Topic | undefined;
  partition(topic: string, index: number): Partition | undefined;
  /** Throws a KafkaError where Kafka would refuse. With `validateOnly` nothing is made. */
  createTopic(request: TopicRequest, options?: { readonly validateOnly?: boolean }): Topic;
  /** Adds partitions with these replicas. */
  addPartitions(topic: Topic, replicas: readonly (readonly BrokerNode[])[]): void;
  deleteTopic(topic: Topic): void;
  /** The node that coordinates a group; undefined while none of the replicas is live. */
  coordinatorOf(groupId: string): BrokerNode | undefined;
  nextProducerId(): number;
  /** Takes a node out of the cluster or back in: its partitions get other leaders, or none. */
  setLive(node: BrokerNode, isLive: boolean): void;
  /** Gives a partition to another node. */
  moveLeader(partition: Partition, node: BrokerNode): void;
}

/** `String.hashCode` of Java, by which Kafka spreads groups over the partitions of its offsets topic. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

class ClusterImpl implements Cluster {
  readonly id: string = randomBytes(16).toString('base64url');
  readonly settings: BrokerSettings;
  readonly nodes: readonly BrokerNode[];
  readonly topics: Map<string, Topic> = new Map();
  readonly groups: GroupRegistry;
  readonly placer: ReplicaPlacer;
  readonly #topicsById = new Map<string, Topic>();
  readonly #namesByCollisionKey = new Map<string, string>();
  #producerId = 0;

  constructor(nodes: readonly BrokerNode[], settings: BrokerSettings) {
    this.nodes = nodes;
    this.settings = settings;
    this.groups = createGroupRegistry(settings);
    this.placer = createReplicaPlacer(nodes);
  }

  liveNodes(): readonly BrokerNode[] {
    return this.nodes.filter((node) => node.isLive);
  }

  node(id: number): BrokerNode | undefined {
    return this.nodes.find((node) => node.id === id);
  }

  topicById(id: string): Topic | undefined {
    return this.#topicsById.get(id);
  }

  partition(topic: string, index: number): Partition | undefined {
    return this.topics.get(topic)?.partitions[index];
  }

  createTopic(request: TopicRequest, options?: { readonly validateOnly?: boolean }): Topic {
    checkTopicName(request.name);
    if (this.topics.has(request.name)) {
      throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${request.name}' already exists.`);
    }
    this.#checkCollision(request.name);
    const configs = checkTopicConfigs(request.configs);
    const replicas = placeTopic(request, this.settings, this);
    const topic = createTopic({
      name: request.name,
      isInternal: request.name === OFFSETS_TOPIC,
      partitions: replicas.map((nodes, index) => createPartition(request.name, index, nodes)),
      configs,
      settings: this.settings,
    });
    if (!options?.validateOnly) {
      this.topics.set(topic.name, topic);
      this.#topicsById.set(topic.id, topic);
      this.#namesByCollisionKey.set(collisionKey(topic.name), topic.name);
    }
    return topic;
  }

  addPartitions(topic: Topic, replicas: readonly (readonly BrokerNode[])[]): void {
    for (const nodes of replicas) {
      topic.partitions.push(createPartition(topic.name, topic.partitions.length, nodes));
    }
  }

  deleteTopic(topic: Topic): void {
    this.topics.delete(topic.name);
    this.#topicsById.delete(topic.id);
    this.#namesByCollisionKey.delete(collisionKey(topic.name));
    this.groups.forgetTopic(topic.name);
    for (const partition of topic.partitions) partition.remove();
  }

  coordinatorOf(groupId: string): BrokerNode | undefined {
    const { partitions } = this.#offsetsTopic() ?? { partitions: [] };
    if (partitions.length === 0) return undefined;
    const index = (javaHash(groupId) & 0x7fff_ffff) % partitions.length;
    return this.node(partitions[index]!.leaderId);
  }

  nextProducerId(): number {
    return this.#producerId++;
  }

  setLive(node: BrokerNode, isLive: boolean): void {
    if (node.isLive === isLive) return;
    this.#changeLeaders(() => {
      node.isLive = isLive;
      for (const topic of this.topics.values()) for (const partition of topic.partitions) partition.elect();
    });
  }

  moveLeader(partition: Partition, node: BrokerNode): void {
    this.#changeLeaders(() => partition.lead(node));
  }

  /** Groups go with the partitions of the offsets topic. */
  #changeLeaders(change: () => void): void {
    const ids = this.groups.ids();
    const before = ids.map((id) => this.coordinatorOf(id));
    change();
    ids.forEach((id, i) => {
      const coordinator = this.coordinatorOf(id);
      if (coordinator === before[i]) return;
      if (coordinator === undefined) this.groups.suspend(id);
      else this.groups.migrate(id);
    });
  }

  #checkCollision(name: string): void {
    const other = this.#namesByCollisionKey.get(collisionKey(name));
    if (other !== undefined) {
      throw new KafkaError(
        'INVALID_TOPIC_EXCEPTION',
        `Topic '${name}' collides with existing topic: ${other}`,
      );
    }
  }

  /** Made when the first group is looked for, as Kafka makes it. */
  #offsetsTopic(): Topic | undefined {
    const existing = this.topics.get(OFFSETS_TOPIC);
    const factor = Math.min(this.settings['offsets.topic.replication.factor'], this.liveNodes().length);
    if (existing || factor === 0) return existing;
    return this.createTopic({
      name: OFFSETS_TOPIC,
      numPartitions: this.settings['offsets.topic.num.partitions'],
      replicationFactor: factor,
      assignments: [],
      configs: new Map([['cleanup.policy', 'compact']]),
    });
  }
}

export function createCluster(nodes: readonly BrokerNode[], settings: BrokerSettings): Cluster {
  return new ClusterImpl(nodes, settings);
}
