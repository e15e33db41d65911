import type { InboxAddress } from '@trpc-kafka/core/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PendingCall } from '../calls/pending-call.js';
import { createServerStreams } from './server-streams.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createHarness() {
  const log: string[] = [];
  const reading = { caughtUp: true };
  const streams = createServerStreams({
    intervalMs: 5000,
    lostAfterMs: 15_000,
    isCaughtUp: () => reading.caughtUp,
    renew: ({ inboxId }) => void log.push(`lease ${inboxId}`),
    random: () => 0.5,
  });
  function open(inboxId: string, name = inboxId): PendingCall {
    const server: InboxAddress = { topic: 'flights.control', partition: 0, inboxId };
    const call = { server } as unknown as PendingCall;
    streams.opened(call, {
      silent(silentMs, delayMs) {
        log.push(`${name} silent ${silentMs} +${delayMs}`);
        streams.closed(call);
      },
      goAway: (delayMs) => void log.push(`${name} go-away +${delayMs}`),
    });
    return call;
  }
  return { log, reading, streams, open };
}

describe('server streams', () => {
  test('one lease for a server, however many streams it runs', () => {
    const { log, streams, open } = createHarness();
    for (let n = 0; n < 1000; n++) open('A');
    open('B');
    for (let second = 0; second < 20; second++) {
      vi.advanceTimersByTime(1000);
      streams.heard('A');
      streams.heard('B');
    }
    expect(log).toEqual(Array.from({ length: 4 }, () => ['lease A', 'lease B']).flat());
  });

  test('nothing runs while there are no streams', () => {
    const { streams, open } = createHarness();
    const call = open('A');
    expect(vi.getTimerCount()).toBe(1);
    streams.closed(call);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a server that falls silent loses its streams, one after another; the others stay', () => {
    const { log, streams, open } = createHarness();
    for (const name of ['one', 'two']) open('A', name);
    open('B');
    for (let second = 0; second < 16; second++) {
      vi.advanceTimersByTime(1000);
      streams.heard('B');
    }
    expect(log.filter((line) => !line.startsWith('lease'))).toEqual([
      'one silent 15000 +1',
      'two silent 15000 +1',
    ]);
  });

  test('the streams of a great server are spread over 5 s, a single one waits for none', () => {
    const { log, open, streams } = createHarness();
    open('A');
    vi.advanceTimersByTime(15_000);
    expect(log.at(-1)).toBe('A silent 15000 +0');
    for (let n = 0; n < 10_000; n++) open('B');
    streams.leaving('B');
    expect(log.at(-1)).toBe('B go-away +2500');
  });

  test('no server is lost while not all that was written here is read', () => {
    const { log, reading, open } = createHarness();
    open('A');
    reading.caughtUp = false;
    vi.advanceTimersByTime(60_000);
    reading.caughtUp = true;
    vi.advanceTimersByTime(14_000);
    expect(log.filter((line) => line.includes('silent'))).toEqual([]);
  });

  test('a stream that starts on a server that is leaving moves on at once', () => {
    const { log, streams, open } = createHarness();
    open('A', 'one');
    streams.leaving('A');
    open('A', 'two');
    expect(log).toEqual(['one go-away +0', 'two go-away +0']);
  });
});
