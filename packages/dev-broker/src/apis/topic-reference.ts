/**
 * Finds the topic a request speaks of: by name, or in newer versions by id (KIP-516).
 *
 * Owns: that choice. Must not know: what is done with the topic.
 */
import type { Topic } from '../cluster/topic.js';
import type { RequestContext } from '../server/api.js';

export function topicOf(
  context: RequestContext,
  reference: { readonly name: string; readonly topicId: string },
  isByName: boolean,
): Topic | undefined {
  return isByName ? context.cluster.topics.get(reference.name) : context.cluster.topicById(reference.topicId);
}
