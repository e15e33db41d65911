/**
 * Which requests a fault or a counter is about.
 *
 * Owns: matching. Must not know: what is done with a match.
 */
import type { Cluster } from '../cluster/cluster.js';
import type { ApiName } from '../protocol/api-keys.js';

/** Requests by where they come from and what they ask; what is left out matches everything. */
export interface RequestFilter {
  /** One API or several. */
  readonly api?: ApiName | readonly ApiName[];
  /** The client id, whole or by pattern. */
  readonly clientId?: string | RegExp;
  /** The node that is asked. */
  readonly nodeId?: number;
}

/** Requests by what they are about, too. */
export interface RequestMatch extends RequestFilter {
  /** Only requests that name this topic (Produce, Fetch, ListOffsets, OffsetCommit, Metadata and others). */
  readonly topic?: string;
  /** Only requests of this group. */
  readonly groupId?: string;
}

/** A request as a test may look at it. */
export interface SeenRequest {
  readonly api: ApiName;
  readonly version: number;
  readonly clientId: string;
  readonly nodeId: number;
  readonly sizeBytes: number;
}

export function passesFilter(
  filter: RequestFilter,
  seen: Pick<SeenRequest, 'api' | 'clientId' | 'nodeId'>,
): boolean {
  const { api, clientId, nodeId } = filter;
  if (nodeId !== undefined && nodeId !== seen.nodeId) return false;
  if (api !== undefined && !(typeof api === 'string' ? api === seen.api : api.includes(seen.api)))
    return false;
  if (clientId === undefined) return true;
  return typeof clientId === 'string' ? clientId === seen.clientId : clientId.test(seen.clientId);
}

/** The two fields by which all of Kafka's messages name topics and groups here. */
interface Mentions {
  readonly topics?: readonly { readonly name?: string | null; readonly topicId?: string }[] | null;
  readonly groupId?: string;
  readonly groups?: readonly { readonly groupId?: string }[];
}

/** Whether the body of a request is about the topic and the group of a match. */
export function mentions(match: RequestMatch, body: unknown, cluster: Cluster): boolean {
  const { topics, groupId, groups } = body as Mentions;
  if (match.groupId !== undefined && match.groupId !== groupId) {
    if (!groups?.some((group) => group.groupId === match.groupId)) return false;
  }
  if (match.topic === undefined) return true;
  const id = cluster.topics.get(match.topic)?.id;
  return (topics ?? []).some(
    (topic) => topic.name === match.topic || (topic.topicId !== undefined && topic.topicId === id),
  );
}
