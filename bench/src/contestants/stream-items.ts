/** The items of a stream: as fast as they are taken. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Items of about 100 bytes that can be told apart. */
export function itemText(n: number): string {
  return `${n}`.padEnd(100, '.');
}

/**
 * A source that has its items at hand would never let the event loop turn, and a transport that does not hold it back
 * would write nothing before it has all of them. Real sources wait for something now and then: this one for a turn.
 */
const itemsPerTurn = 64;

/** Yields so many. */
export async function* streamItems(count: number): AsyncGenerator<string, void> {
  for (let n = 0; n < count; n++) {
    if (n % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
    yield itemText(n);
  }
}
