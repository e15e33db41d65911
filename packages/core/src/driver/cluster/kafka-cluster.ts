/**
 * A connection to a cluster, on which a driver sends single requests: metadata, produce, fetch, offsets.
 * Owns: what the parts of a driver may ask of the client underneath. Must not know: any client, what requests are for.
 */
import type { Broker, RawMetadata } from './broker-requests.js';
import type { ApiVersions, Exchange } from './exchange.js';

/** A cluster the driver sends requests to. */
export interface KafkaCluster {
  readonly brokersTried: ReadonlySet<string>;
  /** True once a broker has answered. */
  wasReached(): boolean;
  /** Resolves when a broker answered; rejects with `BROKERS_UNREACHABLE` after `connectTimeoutMs`, at once when refused. */
  connect(): Promise<void>;
  /** Asks a broker about topics, error codes included, and learns the brokers' addresses. */
  metadata(topics: readonly string[]): Promise<RawMetadata>;
  /** Sends a request to a broker; a lost connection drops the broker, so that the next request connects anew. */
  onBroker<T>(nodeId: number, request: (broker: Broker) => Promise<T>): Promise<T>;
  /** Sends a request to whichever broker is connected. */
  onAnyBroker<T>(request: (broker: Broker) => Promise<T>): Promise<T>;
  /** Sends a request of the driver's own making to a broker; it is made when the broker is connected. */
  exchange<T>(nodeId: number, make: (versions: ApiVersions) => Exchange<T>): Promise<T>;
  /** Cuts the connections; the next request connects anew. Where the client can do that. */
  disconnect?(): void;
  close(): void;
}

/** What requests may take before their broker counts as hung, by API. */
export const requestTimeoutsMs: Readonly<Record<string, number>> & { readonly default: number } = {
  default: 1500,
  ListOffsets: 3000,
  OffsetFetch: 3000,
  OffsetCommit: 3000,
  DescribeConfigs: 5000,
  CreateTopics: 10_000,
  // Members wait here for the leader's assignment.
  SyncGroup: 10_000,
};
