import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { subscribe } from '../../test/support/fake-streams.js';
import { createStreamPace } from './stream-pace.js';

/** Lets the back-off pass. */
const pass = (ms = 0): void => void vi.advanceTimersByTime(ms);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a pace', () => {
  test('grants what the reader has taken, and nothing for what merely arrived', () => {
    const pace = createStreamPace();
    const { log, first } = subscribe({ pace });
    first.start();
    for (let item = 1; item <= 64; item++) first.item(item);
    const grants = () => log.filter((each) => typeof each === 'object');
    expect(grants()).toEqual([]);
    for (let n = 0; n < 31; n++) pace.taken();
    expect(grants()).toEqual([]);
    pace.taken();
    expect(grants()).toEqual([{ items: 96, bytes: 256 * 1024 }]);
  });

  test('more than was granted ends the stream instead of filling the memory, also out of order', () => {
    const pace = createStreamPace();
    const { take, streams, first } = subscribe({ pace });
    first.start();
    for (let item = 1; item <= 65; item++) first.item(item);
    expect(take().slice(63)).toEqual([63, 64, 'cancel stream 1', 'connecting']);
    pass();
    streams[1]!.start();
    streams[1]!.item('early', 65);
    expect(take()).toEqual(['pending', 'started', 'cancel stream 2', 'connecting']);
  });

  test('what comes twice is not waited for', () => {
    const pace = createStreamPace();
    const { log, streams, first } = subscribe({ pace });
    first.start();
    first.events('a');
    first.lose();
    pass();
    streams[1]!.start();
    streams[1]!.events('a', 'b');
    pace.taken();
    pace.taken();
    for (let n = 0; n < 31; n++) streams[1]!.events(`e${n}`);
    for (let n = 0; n < 30; n++) pace.taken();
    expect(log.at(-1)).toEqual({ items: 96, bytes: 256 * 1024 });
  });

  test('is for one subscription at a time', () => {
    const pace = createStreamPace();
    const one = subscribe({ pace });
    expect(subscribe({ pace }).log).toEqual(['INVALID_OPTION']);
    one.end();
    expect(subscribe({ pace }).log).toEqual([]);
  });

  test('read() takes an item when the next one is asked for', async () => {
    const pace = createStreamPace();
    const { log, first } = subscribe({ pace });
    first.start();
    for (let item = 1; item <= 40; item++) first.item(item);
    async function* items() {
      for (let item = 1; item <= 40; item++) yield item;
    }
    const reading = pace.read(items());
    for (let n = 0; n < 32; n++) await reading.next();
    const grants = () => log.filter((each) => typeof each === 'object');
    expect(grants()).toEqual([]);
    await reading.next();
    expect(grants()).toHaveLength(1);
  });
});
