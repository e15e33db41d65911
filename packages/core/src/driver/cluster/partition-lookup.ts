/** Single questions about partitions: who leads one, which offset is at an end or a time. */
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { Isolation } from '../partition-fetcher.js';
import type { RawTopicMetadata } from './broker-requests.js';
import { codeToTransportError } from './client-errors.js';
import type { KafkaCluster } from './kafka-cluster.js';

/** A partition. */
export interface PartitionPlace {
  readonly topic: string;
  readonly partition: number;
}

/** The broker that leads a partition. @throws KafkaTransportError retryable when there is no leader at the moment. */
export async function findLeader(cluster: KafkaCluster, place: PartitionPlace): Promise<number> {
  const { topic, partition } = place;
  const found = await lookUpTopic(cluster, topic);
  if (found === undefined) throw codeToTransportError(3, `topic ${topic}`);
  const metadata = found.partitionMetadata.find((candidate) => candidate.partitionId === partition);
  if (metadata === undefined) {
    throw new KafkaTransportError({
      code: 'TOPIC_MISSING',
      message: `partition ${partition} of topic ${topic} does not exist: it has ${found.partitionMetadata.length}`,
    });
  }
  if (metadata.leader < 0) throw codeToTransportError(5, `partition ${topic}[${partition}]`);
  return metadata.leader;
}

/** What the brokers know of a topic, `undefined` when it does not exist. */
export async function lookUpTopic(
  cluster: KafkaCluster,
  topic: string,
): Promise<RawTopicMetadata | undefined> {
  const metadata = await cluster.metadata([topic]);
  const found = metadata.topicMetadata.find((candidate) => candidate.topic === topic);
  if (found === undefined || found.topicErrorCode === 3) return undefined;
  if (found.topicErrorCode !== 0) throw codeToTransportError(found.topicErrorCode, `topic ${topic}`);
  return found;
}

/** Where in a partition. */
type OffsetAt = 'earliest' | 'latest' | { readonly timestampMs: number };

/** A question for an offset. */
export interface OffsetQuery extends PartitionPlace {
  readonly leader: number;
  readonly at: OffsetAt;
}

/** The offset at an end, or of the first record not older than a time; the end when all are older. */
export async function listOffset(cluster: KafkaCluster, query: OffsetQuery): Promise<number> {
  const found = await listOffsets(cluster, { ...query, partitions: [query.partition] });
  return found.get(query.partition)!;
}

/** A question for the offsets of partitions that one broker leads. */
export interface OffsetsQuery {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly leader: number;
  readonly at: OffsetAt;
  /** @default 'uncommitted' */
  readonly isolation?: Isolation;
}

/** As requests carry it. */
export function isolationLevel(isolation: Isolation): number {
  return isolation === 'committed' ? 1 : 0;
}

/** Offsets by partition. */
export async function listOffsets(cluster: KafkaCluster, query: OffsetsQuery): Promise<Map<number, number>> {
  if (typeof query.at === 'string') return ask(cluster, query);
  // Asked first: a record written between the two questions must lie behind the answer.
  const ends = await ask(cluster, { ...query, at: 'latest' });
  const found = await ask(cluster, query);
  // KIP-79: -1 when no record is that young.
  for (const [partition, offset] of found) if (offset < 0) found.set(partition, ends.get(partition) ?? 0);
  return found;
}

async function ask(cluster: KafkaCluster, query: OffsetsQuery): Promise<Map<number, number>> {
  const { topic, partitions, leader, at, isolation = 'uncommitted' } = query;
  const timestamp = at === 'latest' ? -1 : at === 'earliest' ? -2 : Math.max(0, Math.floor(at.timestampMs));
  const response = await cluster.onBroker(leader, (broker) =>
    broker.listOffsets({
      isolationLevel: isolationLevel(isolation),
      topics: [{ topic, partitions: partitions.map((partition) => ({ partition, timestamp })) }],
    }),
  );
  const offsets = new Map<number, number>();
  for (const answer of response.responses[0]?.partitions ?? []) {
    if (answer.errorCode !== 0) {
      throw codeToTransportError(answer.errorCode, `offsets of ${topic}[${answer.partition}]`);
    }
    offsets.set(answer.partition, Number(answer.offset));
  }
  return offsets;
}
