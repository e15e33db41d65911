/**
 * What is kept in the order of its coming, and let go of oldest first.
 * Not a map or a set: to find the first of one from which many first ones were taken costs V8 a look at each of their places.
 */

/** A queue whose entries may also be dropped out of turn, by their owner. */
export interface AgingQueue<T> {
  push(entry: T): void;
  /** The oldest that was not dropped. */
  oldest(): T | undefined;
}

/** So many places are kept before those of dropped entries are looked for. */
const fewPlaces = 1024;

/** Makes an empty queue. An entry counts as dropped, for good, once `isDropped` says so. */
export function createAgingQueue<T>(isDropped: (entry: T) => boolean): AgingQueue<T> {
  let places: T[] = [];
  let head = 0;
  let compactAt = fewPlaces;

  function compact(): void {
    places = places.slice(head).filter((entry) => !isDropped(entry));
    head = 0;
    compactAt = 2 * places.length + fewPlaces;
  }

  return {
    push(entry) {
      if (places.length >= compactAt) compact();
      places.push(entry);
    },
    oldest() {
      while (head < places.length && isDropped(places[head]!)) head++;
      return places[head];
    },
  };
}
