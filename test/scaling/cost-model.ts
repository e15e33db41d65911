/**
 * What a deployment costs, as formulas of its size: those of docs/scaling.md.
 * Owns: the arithmetic. Must not know: the code that it describes; scaling.test.ts holds the two against each other.
 */

/** How often a client renews a lease, and a server is heard. */
export const pulseSeconds = 5;

/** How many records an instance reads for each that is its own, where all who share a topic of inboxes get alike. */
export function readsPerOwnRecord(instances: number, partitions: number): number {
  return 1 + (instances - 1) / partitions;
}

/** How much more than the average the busiest server instance gets. */
export function busiestServer(requestPartitions: number, servers: number): number {
  return Math.ceil(requestPartitions / servers) / (requestPartitions / servers);
}

/** At how many servers a client has streams that it has opened one after another. */
export function serversOfStreams(servers: number, streams: number): number {
  return servers * (1 - (1 - 1 / servers) ** streams);
}

/** Sizes that leases depend on. */
export interface StreamDeployment {
  readonly clients: number;
  readonly servers: number;
  readonly streamsPerClient: number;
  readonly replyPartitions: number;
  readonly controlPartitions: number;
}

/** What idle streams cost, in records per second. */
export interface StreamCosts {
  readonly leases: number;
  readonly heartbeats: number;
  /** Leases that each server reads, its own and others'. */
  readonly readByServer: number;
  /** Heartbeats that each client reads, its own and others'. */
  readonly readByClient: number;
}

/** Of streams on which nothing happens. */
export function costsOfStreams(deployment: StreamDeployment): StreamCosts {
  const { clients, servers, streamsPerClient, replyPartitions, controlPartitions } = deployment;
  const pairs = clients * serversOfStreams(servers, streamsPerClient);
  // Once in each control partition, for all servers, where that is fewer than one for each.
  const forAll = pairs / clients > controlPartitions;
  const leases = forAll ? (clients * controlPartitions) / pulseSeconds : pairs / pulseSeconds;
  const heartbeats = pairs / pulseSeconds;
  return {
    leases,
    heartbeats,
    readByServer: forAll
      ? leases / controlPartitions
      : (leases / servers) * readsPerOwnRecord(servers, controlPartitions),
    readByClient: (heartbeats / clients) * readsPerOwnRecord(clients, replyPartitions),
  };
}
