/** The tracked events a subscriber has had, as far as a stream may bring them again. Pure. */

/** Events that may come twice. */
export interface DeliveredEvents {
  /** The id to go on from. */
  last(): string | undefined;
  /** A new stream is asked for what comes after the last one. What the old one brings from now on, the new one will bring as well. */
  ask(): void;
  /** The new stream has taken the place of the old one. */
  move(): void;
  /** True when the subscriber has had this event; else it counts as delivered from now on. */
  repeats(eventId: string): boolean;
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
  return {
    last: () => last,
    ask() {
      // The last one as well: a resolver may begin with the event it is asked to go on from.
      since = new Set(last === undefined ? [] : [last]);
    },
    move() {
      repeatable = since;
      since = undefined;
    },
    repeats(eventId) {
      if (repeatable?.delete(eventId)) return true;
      last = eventId;
      since?.add(eventId);
      return false;
    },
    isFull: () => (since?.size ?? 0) >= maxOverlap,
  };
}
