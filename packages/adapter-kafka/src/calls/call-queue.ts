/**
 * A queue of calls, and in which order they leave it. Pure: it knows neither clocks nor what a call is.
 *
 * Calls leave in the order they came, until one of them runs out of time while it waits: then more come than can be
 * answered. In their order every call would be begun just before its time is up, and its answer be too late: all the work
 * would be for nothing. So the newest go first from then on, which have all their time before them, and the oldest are left
 * to run out of it, which costs next to nothing. Once the queue is empty the order of arrival holds again. (Adaptive LIFO:
 * Maurer, "Fail at Scale", ACM Queue 13/8, 2015.)
 */

/** A queue of calls. */
export interface CallQueue<TCall> {
  /** Puts a call behind all others. Answers its place, by which it can be taken out. */
  push(call: TCall): QueuePlace<TCall>;
  /** Takes out the next one. */
  take(): TCall | undefined;
  /** Takes out the one at a place. `expired`: since its time was up. */
  remove(place: QueuePlace<TCall>, why: 'expired' | 'withdrawn'): void;
  /** A call was late when it came: as if it had run out of time in here. */
  cameLate(): void;
  size(): number;
}

/** A call's place in a queue. */
export interface QueuePlace<TCall> {
  readonly queue: CallQueue<TCall>;
  readonly call: TCall;
}

/**
 * Makes an empty queue. `arrival`: the order in which calls came, whatever happens, for calls that have all the time, and for
 * those that must not overtake each other.
 */
export function createCallQueue<TCall>(order: 'adaptive' | 'arrival'): CallQueue<TCall> {
  let oldest: Place<TCall> | undefined;
  let newest: Place<TCall> | undefined;
  let size = 0;
  let newestFirst = false;

  function unlink(place: Place<TCall>): void {
    if (place.older === undefined) oldest = place.newer;
    else place.older.newer = place.newer;
    if (place.newer === undefined) newest = place.older;
    else place.newer.older = place.older;
    if (--size === 0) newestFirst = false;
  }

  function cameLate(): void {
    newestFirst = order === 'adaptive' && size > 0;
  }

  const queue: CallQueue<TCall> = {
    push(call) {
      const place: Place<TCall> = { queue, call, older: newest, newer: undefined };
      if (newest === undefined) oldest = place;
      else newest.newer = place;
      newest = place;
      size++;
      return place;
    },
    take() {
      const place = newestFirst ? newest : oldest;
      if (place !== undefined) unlink(place);
      return place?.call;
    },
    remove(place, why) {
      unlink(place as Place<TCall>);
      if (why === 'expired') cameLate();
    },
    cameLate,
    size: () => size,
  };
  return queue;
}

interface Place<TCall> extends QueuePlace<TCall> {
  older: Place<TCall> | undefined;
  newer: Place<TCall> | undefined;
}
