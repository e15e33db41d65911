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
  return new DeliveredEventsImpl();
}

/** A class, since a client may have ten thousand of them: methods that all of them share cost each nothing. */
class DeliveredEventsImpl implements DeliveredEvents {
  private lastId: string | undefined = undefined;
  /** Delivered since a new stream was asked for. */
  private since: Set<string> | undefined = undefined;
  /** What the stream that is read may repeat: it can have been asked for before all of it came, even while it moves on itself. */
  private repeatable: Set<string> | undefined = undefined;
  /** Where the last stream was, until the one that is read is past it: of events whose ids are positions in a topic. */
  private reached: ReachedPosition | undefined = undefined;
  private askedBehind: string | undefined = undefined;

  last(): string | undefined {
    return this.lastId;
  }

  ask(): void {
    this.askedBehind = this.lastId;
    // The last one as well: a resolver may begin with the event it is asked to go on from.
    this.since = new Set(this.lastId === undefined ? [] : [this.lastId]);
  }

  move(): void {
    const { lastId, since } = this;
    // The stream that a subscription begins with repeats nothing, and is not to hold a set for it.
    this.repeatable = since?.size === 0 ? undefined : since;
    this.since = undefined;
    // Without an overlap the new stream begins where the old one was: whatever it brings is wanted.
    this.reached =
      lastId === undefined || lastId === this.askedBehind ? undefined : createReachedPosition(lastId);
  }

  deliver(eventId: string): string | undefined {
    if (this.repeatable?.delete(eventId)) return undefined;
    const id = this.reached === undefined ? eventId : this.reached.pass(eventId);
    if (id === undefined) return undefined;
    if (id === eventId) this.reached = undefined;
    this.lastId = id;
    this.since?.add(eventId);
    return id;
  }

  isFull(): boolean {
    return (this.since?.size ?? 0) >= maxOverlap;
  }
}
