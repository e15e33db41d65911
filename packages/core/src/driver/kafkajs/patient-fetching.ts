/**
 * Lets a consumer of kafkajs read on from the brokers there are while others are away.
 * Owns: what kafkajs's fetch loops see of brokers that cannot be read and of leaders that moved.
 * Must not know: groups, positions.
 *
 * One broker that fails makes kafkajs stop all its fetch loops, drop what the others brought, and count towards its end;
 * a leader that moved makes it join its group anew. Here such a fetch brings nothing, and who leads is looked up again.
 */
import type { RawFetchedPartition, RawFetchResponse, RawMetadata } from '../cluster/broker-requests.js';
import { isConnectionTrouble } from '../cluster/client-errors.js';
import { kafkaErrorName } from '../cluster/kafka-error-codes.js';
import { sleep } from '../cluster/sleep.js';
import type { RawCluster, RawLeader } from './kafkajs-internals.js';

/** What kafkajs is to see of an answer instead of all of it. */
export type MendAnswer = (apiName: string, answer: unknown) => unknown;

/** Between two attempts to read from a broker, or to learn who leads. */
const pauseMs = 100;

/** What a broker answers that does not lead the partition, or not yet. */
const staleLeader: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
]);

/** Changes how a cluster fetches; returns what is to be done to its answers. */
export function fetchPatiently(raw: RawCluster, isClosed: () => boolean): MendAnswer {
  const { brokerPool } = raw;
  const findBroker = raw.findBroker.bind(raw);
  const refreshMetadataIfNecessary = raw.refreshMetadataIfNecessary.bind(raw);

  function lookAgain(): void {
    brokerPool.metadataExpireAt = null;
  }

  function passes(error: unknown): boolean {
    return !isClosed() && isConnectionTrouble(error);
  }

  async function bringNothing(): Promise<RawFetchResponse> {
    lookAgain();
    await sleep(pauseMs);
    return { responses: [] };
  }

  function patient(leader: RawLeader): RawLeader {
    return {
      nodeId: leader.nodeId,
      listOffsets: (request) => leader.listOffsets(request),
      async fetch(request) {
        try {
          return withoutEmpty(await leader.fetch(request));
        } catch (error) {
          if (passes(error)) return bringNothing();
          throw error;
        }
      },
    };
  }

  raw.findBroker = async (node) => {
    try {
      return patient(await findBroker(node));
    } catch (error) {
      if (!passes(error)) throw error;
      return { nodeId: Number(node.nodeId), fetch: bringNothing, listOffsets: () => Promise.reject(error) };
    }
  };

  raw.refreshMetadataIfNecessary = async () => {
    try {
      await refreshMetadataIfNecessary();
    } catch (error) {
      // What is known serves until a broker says more.
      if (!passes(error) || brokerPool.metadata === null) throw error;
    }
    const expireAt = Date.now() + pauseMs;
    if (lacksLeader(brokerPool.metadata) && (brokerPool.metadataExpireAt ?? 0) > expireAt) {
      brokerPool.metadataExpireAt = expireAt;
    }
  };

  return (apiName, answer) => {
    if (apiName === 'Metadata') return withoutPartitionErrors(answer as RawMetadata);
    if (apiName !== 'Fetch') return answer;
    const fetched = answer as RawFetchResponse;
    const readable = withoutStaleLeaders(fetched);
    if (readable === fetched) return fetched;
    lookAgain();
    return sleep(pauseMs).then(() => readable);
  };
}

function lacksLeader(metadata: RawMetadata | null): boolean {
  return (
    metadata?.topicMetadata.some(({ partitionMetadata }) =>
      partitionMetadata.some(({ leader }) => leader < 0),
    ) ?? false
  );
}

/** Of a partition without a leader, kafkajs makes an error of the whole lookup. */
function withoutPartitionErrors(metadata: RawMetadata): RawMetadata {
  return {
    ...metadata,
    topicMetadata: metadata.topicMetadata.map((topic) => ({
      ...topic,
      partitionMetadata: topic.partitionMetadata.map((partition) => ({
        ...partition,
        partitionErrorCode: 0,
      })),
    })),
  };
}

/** kafkajs makes an object of each partition and passes it to a worker, also where nothing came; without any it is done. */
function withoutEmpty(fetched: RawFetchResponse): RawFetchResponse {
  if (!fetched.responses.some(({ partitions }) => partitions.some(isEmpty))) return fetched;
  return {
    ...fetched,
    responses: fetched.responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter((partition) => !isEmpty(partition)),
    })),
  };
}

function isEmpty({ messages, errorCode, preferredReadReplica = -1 }: RawFetchedPartition): boolean {
  return messages.length === 0 && errorCode === 0 && preferredReadReplica < 0;
}

function withoutStaleLeaders(fetched: RawFetchResponse): RawFetchResponse {
  const isStale = ({ errorCode }: { errorCode: number }): boolean =>
    staleLeader.has(kafkaErrorName(errorCode));
  if (!fetched.responses.some(({ partitions }) => partitions.some(isStale))) return fetched;
  return {
    ...fetched,
    responses: fetched.responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.filter((partition) => !isStale(partition)),
    })),
  };
}
