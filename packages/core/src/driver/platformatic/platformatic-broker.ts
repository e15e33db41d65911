/**
 * What a broker can be asked, through the API functions of @platformatic/kafka.
 * Owns: which version of a request is sent, and how answers read in the driver's shapes.
 * Must not know: who asks, what is done about an error.
 */
import {
  createTopicsV7,
  describeConfigsV4,
  findCoordinatorV4,
  heartbeatV4,
  initProducerIdV4,
  joinGroupV9,
  leaveGroupV5,
  listOffsetsV6,
  metadataV12,
  offsetCommitV8,
  offsetFetchV8,
  syncGroupV5,
} from '@platformatic/kafka';
import type {
  Broker,
  RawCreateTopicsRequest,
  RawDescribeConfigsRequest,
  RawHeartbeatRequest,
  RawJoinGroupRequest,
  RawListOffsetsRequest,
  RawMetadata,
  RawOffsetCommitRequest,
  RawOffsetFetchRequest,
  RawSyncGroupRequest,
} from '../cluster/broker-requests.js';
import { createFetchExchange } from '../cluster/wire/fetch-exchange.js';
import type { FetchReading } from '../cluster/wire/fetch-response.js';
import { responseError } from './platformatic-errors.js';
import type { LinkRequest, PlatformaticLink } from './platformatic-link.js';

/** How a broker is reached. */
export interface BrokerLines {
  /** For most requests. */
  readonly main: () => Promise<PlatformaticLink>;
  /** For what waits at the broker, which reads on only when it has answered: fetches, and what a group's member asks. */
  readonly fetch: () => Promise<PlatformaticLink>;
  readonly group: () => Promise<PlatformaticLink>;
  readonly reading: FetchReading;
  readonly fetchTimeoutMs: number;
}

const noInstance = null;
const noTransaction = null;
const noIdentity = { producerId: -1n, producerEpoch: -1 };
const unknownEpoch = -1;
const notAReplica = -1;
const protocolType = 'consumer';

type ResourceType = describeConfigsV4.DescribeConfigsRequestResource['resourceType'];

/** Views a broker as the driver does. */
export function createPlatformaticBroker(lines: BrokerLines): Broker {
  async function ask<T>(
    line: () => Promise<PlatformaticLink>,
    apiName: string,
    send: LinkRequest,
  ): Promise<T> {
    return (await line()).request<T>(apiName, send);
  }

  /** For answers of which nothing is left when they hold an error. */
  async function askChecked<T>(
    line: () => Promise<PlatformaticLink>,
    apiName: string,
    send: LinkRequest,
  ): Promise<T> {
    const link = await line();
    const answer = await link.request<T>(apiName, send);
    const failure = firstError(answer);
    if (failure !== undefined)
      throw Object.assign(
        responseError(failure.errorCode, { broker: link.broker, message: failure.errorMessage ?? null }),
        {
          memberId: (answer as { memberId?: string }).memberId,
        },
      );
    return answer;
  }

  return {
    metadata: (topics) =>
      ask<metadataV12.MetadataResponse>(lines.main, 'Metadata', (connection, callback) =>
        metadataV12.api(connection, [...topics], false, false, callback),
      ).then(toMetadata),

    async findGroupCoordinator({ groupId, coordinatorType }) {
      const answer = await askChecked<{ coordinators: readonly { nodeId: number }[] }>(
        lines.main,
        'FindCoordinator',
        (connection, callback) => findCoordinatorV4.api(connection, coordinatorType, [groupId], callback),
      );
      return { coordinator: { nodeId: answer.coordinators[0]!.nodeId } };
    },

    async joinGroup(request: RawJoinGroupRequest) {
      const answer = await askChecked<joinGroupV9.JoinGroupResponse>(
        lines.group,
        'JoinGroup',
        (connection, callback) =>
          joinGroupV9.api(
            connection,
            request.groupId,
            request.sessionTimeout,
            request.rebalanceTimeout,
            request.memberId ?? '',
            noInstance,
            protocolType,
            request.groupProtocols.map(({ name, metadata }) => ({ name, metadata })),
            null,
            callback,
          ),
      );
      return {
        errorCode: answer.errorCode,
        generationId: answer.generationId,
        memberId: answer.memberId ?? '',
        leaderId: answer.leader,
        members: (answer.members ?? []).map(({ memberId, metadata }) => ({
          memberId,
          memberMetadata: metadata ?? Buffer.alloc(0),
        })),
      };
    },

    async syncGroup(request: RawSyncGroupRequest) {
      const answer = await askChecked<{ assignment: Buffer }>(
        lines.group,
        'SyncGroup',
        (connection, callback) =>
          syncGroupV5.api(
            connection,
            request.groupId,
            request.generationId,
            request.memberId,
            noInstance,
            protocolType,
            request.protocolName ?? null,
            request.groupAssignment.map(({ memberId, memberAssignment }) => ({
              memberId,
              assignment: memberAssignment,
            })),
            callback,
          ),
      );
      return { memberAssignment: answer.assignment };
    },

    heartbeat: ({ groupId, groupGenerationId, memberId }: RawHeartbeatRequest) =>
      askChecked(lines.group, 'Heartbeat', (connection, callback) =>
        heartbeatV4.api(connection, groupId, groupGenerationId, memberId, noInstance, callback),
      ),

    // That it is no member any more is what it wants.
    leaveGroup: ({ groupId, memberId }) =>
      ask(lines.group, 'LeaveGroup', (connection, callback) =>
        leaveGroupV5.api(connection, groupId, [{ memberId, groupInstanceId: null, reason: null }], callback),
      ),

    async offsetFetch({ groupId, topics }: RawOffsetFetchRequest) {
      const answer = await askChecked<offsetFetchV8.OffsetFetchResponse>(
        lines.group,
        'OffsetFetch',
        (connection, callback) =>
          offsetFetchV8.api(
            connection,
            [
              {
                groupId,
                memberEpoch: unknownEpoch,
                topics: topics.map(({ topic, partitions }) => ({
                  name: topic,
                  partitionIndexes: partitions.map(({ partition }) => partition),
                })),
              },
            ],
            false,
            callback,
          ),
      );
      return {
        responses: (answer.groups[0]?.topics ?? []).map(({ name, partitions }) => ({
          topic: name,
          partitions: partitions.map(({ partitionIndex, committedOffset, metadata, errorCode }) => ({
            partition: partitionIndex,
            offset: String(committedOffset),
            metadata: metadata ?? null,
            errorCode,
          })),
        })),
      };
    },

    offsetCommit: ({ groupId, groupGenerationId, memberId, topics }: RawOffsetCommitRequest) =>
      askChecked(lines.group, 'OffsetCommit', (connection, callback) =>
        offsetCommitV8.api(
          connection,
          groupId,
          groupGenerationId,
          memberId,
          noInstance,
          topics.map(({ topic, partitions }) => ({
            name: topic,
            partitions: partitions.map(({ partition, offset, metadata }) => ({
              partitionIndex: partition,
              committedOffset: BigInt(offset),
              committedLeaderEpoch: unknownEpoch,
              committedMetadata: metadata,
            })),
          })),
          callback,
        ),
      ),

    async fetch(request) {
      const link = await lines.fetch();
      return link.exchange(
        createFetchExchange(request, { timeoutMs: lines.fetchTimeoutMs, reading: lines.reading }),
      );
    },

    async listOffsets({ isolationLevel, topics }: RawListOffsetsRequest) {
      const answer = await ask<listOffsetsV6.ListOffsetsResponse>(
        lines.main,
        'ListOffsets',
        (connection, callback) =>
          listOffsetsV6.api(
            connection,
            notAReplica,
            isolationLevel,
            topics.map(({ topic, partitions }) => ({
              name: topic,
              partitions: partitions.map(({ partition, timestamp }) => ({
                partitionIndex: partition,
                currentLeaderEpoch: unknownEpoch,
                timestamp: BigInt(timestamp),
              })),
            })),
            callback,
          ),
      );
      return {
        responses: answer.topics.map(({ name, partitions }) => ({
          topic: name,
          partitions: partitions.map(({ partitionIndex, errorCode, offset }) => ({
            partition: partitionIndex,
            errorCode,
            offset: String(offset),
          })),
        })),
      };
    },

    async initProducerId({ transactionTimeout }) {
      const { producerId, producerEpoch } = noIdentity;
      const answer = await askChecked<{ producerId: bigint; producerEpoch: number }>(
        lines.main,
        'InitProducerId',
        (connection, callback) =>
          initProducerIdV4.api(
            connection,
            noTransaction,
            transactionTimeout,
            producerId,
            producerEpoch,
            callback,
          ),
      );
      return { producerId: String(answer.producerId), producerEpoch: answer.producerEpoch };
    },

    async createTopics({ topics, timeout }: RawCreateTopicsRequest) {
      const answer = await ask<createTopicsV7.CreateTopicsResponse>(
        lines.main,
        'CreateTopics',
        (connection, callback) =>
          createTopicsV7.api(
            connection,
            topics.map(({ topic, numPartitions, replicationFactor, configEntries }) => ({
              name: topic,
              numPartitions,
              replicationFactor,
              assignments: [],
              configs: configEntries,
            })),
            timeout,
            false,
            callback,
          ),
      );
      return {
        topicErrors: answer.topics.map(({ name, errorCode, errorMessage }) => ({
          topic: name,
          errorCode,
          errorMessage: errorMessage ?? null,
        })),
      };
    },

    async describeConfigs({ resources }: RawDescribeConfigsRequest) {
      const answer = await ask<describeConfigsV4.DescribeConfigsResponse>(
        lines.main,
        'DescribeConfigs',
        (connection, callback) =>
          describeConfigsV4.api(
            connection,
            // No names would be no settings; null are all of them.
            resources.map(({ type, name }) => ({
              resourceType: type as ResourceType,
              resourceName: name,
              configurationKeys: null,
            })),
            false,
            false,
            callback,
          ),
      );
      return {
        resources: answer.results.map(({ resourceName, errorCode, configs }) => ({
          resourceName,
          errorCode,
          configEntries: configs.map(({ name, value }) => ({ configName: name, configValue: value ?? null })),
        })),
      };
    },
  };
}

function toMetadata({ brokers, controllerId, topics }: metadataV12.MetadataResponse): RawMetadata {
  return {
    brokers: brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port })),
    controllerId,
    topicMetadata: topics.map(({ name, errorCode, partitions }) => ({
      topic: name ?? '',
      topicErrorCode: errorCode,
      partitionMetadata: partitions.map((partition) => ({
        partitionId: partition.partitionIndex,
        partitionErrorCode: partition.errorCode,
        leader: partition.leaderId,
        replicas: partition.replicaNodes,
      })),
    })),
  };
}

interface AnsweredError {
  readonly errorCode: number;
  readonly errorMessage?: string | null;
}

/** The first error code of an answer, wherever it stands. */
function firstError(answer: unknown): AnsweredError | undefined {
  if (typeof answer !== 'object' || answer === null || Buffer.isBuffer(answer)) return undefined;
  const { errorCode = 0 } = answer as Partial<AnsweredError>;
  if (errorCode !== 0) return answer as AnsweredError;
  for (const part of Object.values(answer)) {
    const found = firstError(part);
    if (found !== undefined) return found;
  }
  return undefined;
}
