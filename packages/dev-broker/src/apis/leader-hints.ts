/**
 * Tells a client that asked the wrong node who leads now, so that it need not ask for metadata (KIP-951).
 *
 * Owns: the two tagged fields that Produce and Fetch answers share.
 */
import type { Cluster } from '../cluster/cluster.js';
import type { Partition } from '../cluster/partition.js';
import { array, int32, nullableString, string } from '../wire/primitives.js';
import { struct } from '../wire/struct.js';
import { type Defaulted, since, tagged, type WireType, withDefault } from '../wire/wire-type.js';

interface Leader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}
type Endpoint = {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
};
type EndpointIn = Omit<Endpoint, 'rack'> & { readonly rack?: string | null | undefined };
interface Placement {
  readonly tag: number;
  readonly since: number;
}

const leaderFields = { leaderId: int32, leaderEpoch: int32 };
const endpointFields = { nodeId: int32, host: string, port: int32, rack: withDefault(null, nullableString) };
const unknownLeader: Leader = { leaderId: -1, leaderEpoch: -1 };

export function currentLeaderField(at: Placement): Defaulted<WireType<Leader>> {
  return tagged(at.tag, withDefault(unknownLeader, since(at.since, struct(leaderFields))));
}

export function nodeEndpointsField(
  at: Placement,
): Defaulted<WireType<readonly Endpoint[], readonly EndpointIn[]>> {
  return tagged(
    at.tag,
    withDefault<readonly Endpoint[], readonly EndpointIn[]>(
      [],
      since(at.since, array(struct(endpointFields))),
    ),
  );
}

export function currentLeader(partition: Partition): Leader {
  return { leaderId: partition.leaderId, leaderEpoch: partition.leaderEpoch };
}

/** The addresses of the leaders that an answer names. */
export function nodeEndpoints(
  cluster: Cluster,
  topics: readonly { readonly partitions: readonly { readonly currentLeader?: Leader | undefined }[] }[],
): EndpointIn[] | undefined {
  const ids = new Set<number>();
  for (const { partitions } of topics) {
    for (const partition of partitions)
      if (partition.currentLeader) ids.add(partition.currentLeader.leaderId);
  }
  const nodes = cluster.nodes.filter((node) => ids.has(node.id));
  return nodes.length === 0 ? undefined : nodes.map(({ id, host, port }) => ({ nodeId: id, host, port }));
}
