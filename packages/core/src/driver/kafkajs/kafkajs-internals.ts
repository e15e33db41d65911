/**
 * What the driver touches of kafkajs 2.2.4 beyond its typings, in one place.
 * Owns: the shapes of kafkajs's own objects (cluster, broker pool, connections) and the check that they are still so.
 * Must not know: what the driver does with them. kafkajs has had no release since 2023; the test beside this folder
 * fails when a later one changes any of it.
 */
import type { Socket } from 'node:net';
import type { Cluster, Kafka, Logger } from 'kafkajs';
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { UnreadableRange } from '../partition-fetcher.js';
import type { IncomingHeaders } from '../record.js';

/** `Cluster` of kafkajs with the members its typings leave out. */
export interface RawCluster extends Omit<Cluster, 'findBroker' | 'findGroupCoordinator'> {
  readonly brokerPool: RawBrokerPool;
  readonly connectionPoolBuilder: RawConnectionPoolBuilder;
  retrier: RawRetrier;
  findGroupCoordinator(group: { groupId: string }): Promise<RawCoordinator>;
  findBroker(node: { nodeId: string | number }): Promise<RawLeader>;
}

interface RawBrokerPool {
  brokers: Record<string, RawBroker>;
  seedBroker: RawBroker | undefined;
  metadata: RawMetadata | null;
  metadataExpireAt: number | null;
  retrier: RawRetrier;
  logger: Logger;
  refreshMetadata(topics: readonly string[]): Promise<void>;
  findBroker(node: { nodeId: string | number }): Promise<RawBroker>;
  findConnectedBroker(): Promise<RawBroker>;
  createSeedBroker(): Promise<void>;
}

/** Runs an operation, again after a pause when it fails; `bail` ends it at once. */
export type RawRetrier = <T>(
  operation: (bail: (error: Error) => void, attempt: number, pauseMs: number) => Promise<T>,
) => Promise<T>;

interface RawConnectionPoolBuilder {
  build(destination?: { host?: string; port?: number; rack?: string }): Promise<RawConnectionPool>;
}

/** The two connections kafkajs keeps per broker: index 1 carries Fetch, index 0 everything else. */
export interface RawConnectionPool {
  readonly host: string;
  readonly port: number;
  readonly pool: RawConnection[];
  isConnected(): boolean;
  send(request: RawRequest): Promise<unknown>;
}

export interface RawConnection {
  connectionStatus: string;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  authHandlers: unknown;
  authExpectResponse: boolean;
  socket?: Socket | undefined;
  readonly requestQueue: RawRequestQueue;
  isConnected(): boolean;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  logger: Logger;
  authenticate(): Promise<void>;
}

export interface RawRequestQueue {
  requestTimeout: number;
  enforceRequestTimeout: boolean;
  readonly inflight: ReadonlyMap<number, { sentAt: number | null }>;
  throttledUntil: number;
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
  rejectAll(error: Error): void;
  destroy(): void;
}

/** A request as kafkajs's `Broker` hands it to its connection pool. */
export interface RawRequest {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly expectResponse?: () => boolean;
    encode(): Promise<unknown>;
  };
  readonly response: {
    decode(payload: Buffer): Promise<unknown>;
    parse(decoded: unknown): Promise<unknown>;
  };
  readonly requestTimeout?: number | null;
}

/** What kafkajs's consumer asks of the broker that coordinates its group. */
export interface RawCoordinator {
  readonly nodeId: number | null;
  isConnected(): boolean;
  joinGroup(request: RawJoinGroupRequest): Promise<RawJoinGroupResponse>;
  syncGroup(request: RawSyncGroupRequest): Promise<unknown>;
  heartbeat(request: RawHeartbeatRequest): Promise<unknown>;
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
  offsetFetch(request: RawOffsetFetchRequest): Promise<RawOffsetFetchResponse>;
  offsetCommit(request: RawOffsetCommitRequest): Promise<unknown>;
}

/** What kafkajs's consumer asks of a broker that leads partitions. */
export interface RawLeader {
  readonly nodeId: number | null;
  fetch(request: RawFetchRequest): Promise<RawFetchResponse>;
  listOffsets(request: RawListOffsetsRequest): Promise<RawListOffsetsResponse>;
}

/** The requests of kafkajs's `Broker` that the driver sends itself. */
export interface RawBroker extends RawCoordinator, RawLeader {
  readonly connectionPool: RawConnectionPool;
  /** The versions it serves, by API key; known once it is connected. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number }>> | null;
  disconnect(): Promise<void>;
  metadata(topics: readonly string[]): Promise<RawMetadata>;
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<{
    coordinator: { nodeId: number };
  }>;
  initProducerId(request: { transactionTimeout: number }): Promise<{
    producerId: string;
    producerEpoch: number;
  }>;
  createTopics(request: RawCreateTopicsRequest): Promise<RawCreateTopicsResponse>;
  describeConfigs(request: RawDescribeConfigsRequest): Promise<RawDescribeConfigsResponse>;
}

/** kafkajs gives the rest of it, which the driver passes on. */
interface RawJoinGroupRequest {
  readonly groupId: string;
  readonly memberId?: string;
}

export interface RawJoinGroupResponse {
  readonly errorCode: number;
  readonly generationId: number;
  readonly memberId: string;
}

/** kafkajs gives the rest of it, which the driver passes on. */
interface RawSyncGroupRequest {
  readonly generationId: number;
  readonly memberId: string;
}

export interface RawHeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupGenerationId: number;
}

export interface RawMetadata {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[];
  readonly controllerId?: number;
  readonly topicMetadata: readonly RawTopicMetadata[];
}

export interface RawTopicMetadata {
  readonly topic: string;
  readonly topicErrorCode: number;
  readonly partitionMetadata: readonly {
    readonly partitionId: number;
    readonly partitionErrorCode: number;
    readonly leader: number;
    readonly replicas: readonly number[];
  }[];
}

export interface RawProduceResponse {
  readonly topics: readonly {
    topicName: string;
    partitions: readonly { partition: number; errorCode: number; baseOffset: number }[];
  }[];
}

export interface RawFetchRequest {
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolationLevel: number;
  readonly topics: {
    topic: string;
    partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

export interface RawFetchResponse {
  readonly errorCode?: number;
  readonly responses: readonly { topicName: string; partitions: readonly RawFetchedPartition[] }[];
}

export interface RawFetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  /** From here on transactions are open. kafkajs reads it, too. */
  readonly lastStableOffset?: string;
  readonly abortedTransactions?: readonly unknown[];
  /** Batches that are not among the messages because they cannot be read. Only told where the driver decodes. */
  readonly unreadable?: readonly UnreadableRange[];
  readonly preferredReadReplica?: number;
  readonly messages: readonly RawFetchedMessage[];
}

export interface RawFetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IncomingHeaders;
  readonly isControlRecord?: boolean;
  readonly batchContext?: object;
}

interface RawListOffsetsRequest {
  readonly isolationLevel: number;
  readonly topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
}

interface RawListOffsetsResponse {
  readonly responses: readonly {
    topic: string;
    partitions: readonly { partition: number; errorCode: number; offset: string }[];
  }[];
}

export interface RawCreateTopicsRequest {
  readonly topics: {
    topic: string;
    numPartitions: number;
    replicationFactor: number;
    configEntries: { name: string; value: string }[];
  }[];
  readonly timeout: number;
}

interface RawCreateTopicsResponse {
  readonly topicErrors: readonly { topic: string; errorCode: number; errorMessage?: string | null }[];
}

interface RawDescribeConfigsRequest {
  readonly resources: { type: number; name: string; configNames?: string[] }[];
}

interface RawDescribeConfigsResponse {
  readonly resources: readonly {
    resourceName: string;
    errorCode: number;
    configEntries: readonly { configName: string; configValue: string | null }[];
  }[];
}

interface RawOffsetFetchRequest {
  readonly groupId: string;
  readonly topics: { topic: string; partitions: { partition: number }[] }[];
}

interface RawOffsetFetchResponse {
  readonly responses: readonly {
    topic: string;
    partitions: readonly { partition: number; offset: string; metadata: string | null; errorCode: number }[];
  }[];
}

interface RawOffsetCommitRequest {
  readonly groupId: string;
  readonly groupGenerationId: number;
  readonly memberId: string;
  readonly topics: { topic: string; partitions: { partition: number; offset: string; metadata: string }[] }[];
}

/**
 * The members the driver cannot work without, as paths. Checked once per cluster, so that a kafkajs that
 * differs is refused with a clear error and not by a crash in a fetch loop.
 */
const needed: readonly (readonly [path: string, kind: 'object' | 'function'])[] = [
  ['brokerPool', 'object'],
  ['brokerPool.retrier', 'function'],
  ['brokerPool.refreshMetadata', 'function'],
  ['brokerPool.findBroker', 'function'],
  ['brokerPool.findConnectedBroker', 'function'],
  ['brokerPool.createSeedBroker', 'function'],
  ['connectionPoolBuilder.build', 'function'],
  ['retrier', 'function'],
];

/** Views kafkajs's cluster with the members its typings leave out, after checking that they are there. */
export function asRawCluster(cluster: Cluster): RawCluster {
  for (const [path, kind] of needed) {
    const member = path
      .split('.')
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], cluster);
    if (typeof member !== kind) throw unsupported(`cluster.${path} is not a ${kind}`);
  }
  return cluster as unknown as RawCluster;
}

/** The error for a kafkajs that is not built as the driver expects. */
export function unsupported(what: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `this version of kafkajs is not supported (${what}); install kafkajs 2.2.4`,
  });
}

/** Tells whether a value is a kafkajs instance. By shape: there may be several copies of kafkajs in a process. */
export function isKafkajs(value: unknown): value is Kafka {
  const kafka = value as Partial<Record<'producer' | 'consumer' | 'admin', unknown>> | null;
  return typeof kafka?.producer === 'function' && typeof kafka.consumer === 'function';
}
