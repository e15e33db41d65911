/**
 * How far a topic was read by one stream, while another that began before that place takes over.
 * Two streams of a topic mix its partitions differently, so the ids of the same record differ: what was delivered is known
 * by the positions that the ids hold (PROTOCOL.md, Positions). Pure.
 */
import { formatTopicEventId, parseTopicEventId } from '@trpc-kafka/core/internal';

/** A place in a topic that a stream has yet to pass. */
export interface ReachedPosition {
  /**
   * The id by which an event of the stream is to be known: its own once the stream has passed the place, else one that
   * holds the farther of both in each partition. `undefined` for a record before the place, which was delivered.
   */
  pass(eventId: string): string | undefined;
}

/** The place behind an event; `undefined` when its id is no position. */
export function createReachedPosition(lastEventId: string): ReachedPosition | undefined {
  const last = parseTopicEventId(lastEventId);
  if (last === undefined) return undefined;
  const reached = new Map(last.position);
  return {
    pass(eventId) {
      const id = parseTopicEventId(eventId);
      if (id === undefined) return eventId;
      if (id.offset < (reached.get(id.partition) ?? 0)) return undefined;
      const isPast = [...reached].every(([partition, next]) => (id.position.get(partition) ?? 0) >= next);
      if (isPast) return eventId;
      for (const [partition, next] of id.position) {
        reached.set(partition, Math.max(next, reached.get(partition) ?? 0));
      }
      return formatTopicEventId(
        id,
        [...reached].sort(([a], [b]) => a - b),
      );
    },
  };
}
