/**
 * Partitions read on demand.
 * Owns: single Fetch requests and their answers. Must not know: who reads, what is done about a failure.
 */
import type { FetchRequest, Isolation, PartitionFetch, PartitionFetcher } from '../partition-fetcher.js';
import type { RawFetchedPartition } from './broker-requests.js';
import { codeToTransportError, toTransportError } from './client-errors.js';
import { offsetAfter, toIncomingRecords } from './incoming-records.js';
import type { KafkaCluster } from './kafka-cluster.js';
import { kafkaErrorName } from './kafka-error-codes.js';
import { isolationLevel, lookUpTopic } from './partition-lookup.js';

/** What a fetcher needs. */
export interface ClusterFetcherContext {
  /** A cluster of its own: a fetch that waits at a broker holds up whatever is behind it on its connection. */
  readonly cluster: KafkaCluster;
  readonly maxWaitTimeMs: number;
  readonly isolation: Isolation;
  readonly onClosed: () => void;
}

/** Opens a fetcher. */
export function openClusterFetcher(context: ClusterFetcherContext): PartitionFetcher {
  const { cluster, maxWaitTimeMs, isolation } = context;

  async function fetch({ topic, broker, positions, maxBytes }: FetchRequest): Promise<PartitionFetch[]> {
    const response = await cluster.onBroker(broker, (connected) =>
      connected.fetch({
        maxWaitTime: maxWaitTimeMs,
        minBytes: 1,
        maxBytes,
        isolationLevel: isolationLevel(isolation),
        topics: [
          {
            topic,
            partitions: positions.map(({ partition, offset }) => ({
              partition,
              fetchOffset: String(offset),
              maxBytes,
            })),
          },
        ],
      }),
    );
    const offsets = new Map(positions.map(({ partition, offset }) => [partition, offset]));
    return (response.responses[0]?.partitions ?? []).map((fetched) =>
      toPartitionFetch(fetched, { topic, isolation, offset: offsets.get(fetched.partition) ?? 0 }),
    );
  }

  const failed =
    (doing: string) =>
    (error: unknown): never => {
      throw toTransportError(error, { doing, brokers: cluster.brokersTried });
    };

  return {
    findLeaders: (topic) => findLeaders(cluster, topic).catch(failed(`cannot look up topic ${topic}`)),
    fetch: (request) => fetch(request).catch(failed(`cannot read topic ${request.topic}`)),
    close() {
      cluster.close();
      context.onClosed();
    },
  };
}

async function findLeaders(
  cluster: KafkaCluster,
  topic: string,
): Promise<Map<number, number | undefined> | undefined> {
  const found = await lookUpTopic(cluster, topic);
  if (found === undefined) return undefined;
  const leaders = found.partitionMetadata.map(
    ({ partitionId, leader }) => [partitionId, leader < 0 ? undefined : leader] as const,
  );
  return new Map(leaders.sort(([a], [b]) => a - b));
}

interface Asked {
  readonly topic: string;
  readonly offset: number;
  readonly isolation: Isolation;
}

function toPartitionFetch(fetched: RawFetchedPartition, asked: Asked): PartitionFetch {
  const { topic, offset, isolation } = asked;
  const { partition, errorCode, messages, highWatermark, lastStableOffset } = fetched;
  if (errorCode !== 0) {
    if (kafkaErrorName(errorCode) === 'OFFSET_OUT_OF_RANGE') return { kind: 'out-of-range', partition };
    const error = codeToTransportError(errorCode, `cannot read ${topic}[${partition}]`, 'READ');
    return { kind: 'failed', partition, error };
  }
  return {
    kind: 'records',
    partition,
    records: toIncomingRecords({ topic, partition }, messages, offset),
    nextOffset: offsetAfter(messages, offset),
    endOffset: Number(isolation === 'committed' ? (lastStableOffset ?? highWatermark) : highWatermark),
    unreadable: (fetched.unreadable ?? []).filter(({ lastOffset }) => lastOffset >= offset),
  };
}
