/**
 * What the driver touches of kafkajs 2.2.4 beyond its typings, in one place.
 * Owns: the shapes of kafkajs's own objects (cluster, broker pool, connections) and the check that they are still so.
 * Must not know: what the driver does with them. kafkajs has had no release since 2023; the test beside this folder
 * fails when a later one changes any of it.
 */
import type { Socket } from 'node:net';
import type { Cluster, Kafka, Logger } from 'kafkajs';
import { KafkaTransportError } from '../../errors/transport-error.js';
import type { Broker, CoordinatorRequests, LeaderRequests, RawMetadata } from '../cluster/broker-requests.js';
import type { ApiVersions } from '../cluster/exchange.js';

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
  readonly inflight: ReadonlyMap<number, RawInFlight>;
  throttledUntil: number;
  readonly pending: readonly unknown[];
  readonly isConnected: () => boolean;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  rejectAll(error: Error): void;
  destroy(): void;
}

/** A broker as kafkajs's consumer knows the one that coordinates its group. */
export interface RawCoordinator extends CoordinatorRequests {
  readonly nodeId: number | null;
  isConnected(): boolean;
}

/** A broker as kafkajs's consumer knows one that leads partitions. */
export interface RawLeader extends LeaderRequests {
  readonly nodeId: number | null;
}

/** `Broker` of kafkajs. */
export interface RawBroker extends Broker {
  readonly nodeId: number | null;
  readonly connectionPool: RawConnectionPool;
  /** The versions it serves, by API key; known once it is connected. */
  readonly versions: ApiVersions | null;
  isConnected(): boolean;
  disconnect(): Promise<void>;
}

interface RawInFlight {
  sentAt: number | null;
  readonly requestTimeout: number;
  timeoutRequest(): void;
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
