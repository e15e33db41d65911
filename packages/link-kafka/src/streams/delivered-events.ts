/** The tracked events a subscriber has had, as far as a stream may bring them again. Pure. */
import { createReachedPosition, type ReachedPosition } from './reached-position.js';

/** Events that may come twice. */
export interface DeliveredEvents {
  /** The id to go on from. */
  last(): string | undefined;
  /** A new stream is asked for what comes after the last one. What the old one brings from now on, the new one will bring as well. */
  ask(): void;
  /** The new stream has taken the place of the old one. */
  move(): void;
  /**
   * The id by which the subscriber is to have an event, which counts as delivered from now on; `undefined` when it has had it.
   * The id is another than the stream's where that would lead back behind what others have brought.
   */
  deliver(eventId: string): string | undefined;
  /** True when too many events came since a new stream was asked for to keep them apart. */
  isFull(): boolean;
}

/** A server that takes so long to start a stream is not worth waiting for: the old one ends, and the new one begins behind it. */
const maxOverlap = 10_000;

/** Makes the memory of one subscription. */
export function createDeliveredEvents(): DeliveredEvents {
  let last: string | undefined;
  /** Delivered since a new stream was asked for. */
  let since: Set<string> | undefined;
  /** What the stream that is read may repeat: it can have been asked for before all of it came, even while it moves on itself. */
  let repeatable: Set<string> | undefined;
  /** Where the last stream was, until the one that is read is past it: of events whose ids are positions in a topic. */
  let reached: ReachedPosition | undefined;
  let askedBehind: string | undefined;
  return {
    last: () => last,
    ask() {
      askedBehind = last;
      // The last one as well: a resolver may begin with the event it is asked to go on from.
      since = new Set(last === undefined ? [] : [last]);
    },
    move() {
      repeatable = since;
      since = undefined;
      // Without an overlap the new stream begins where the old one was: whatever it brings is wanted.
      reached = last === undefined || last === askedBehind ? undefined : createReachedPosition(last);
    },
    deliver(eventId) {
      if (repeatable?.delete(eventId)) return undefined;
      const id = reached === undefined ? eventId : reached.pass(eventId);
      if (id === undefined) return undefined;
      if (id === eventId) reached = undefined;
      last = id;
      since?.add(eventId);
      return id;
    },
    isFull: () => (since?.size ?? 0) >= maxOverlap,
  };
}
