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
    renew: (server) => void log.push(`lease ${server?.inboxId ?? 'for all'}`),
    recordsForAll: () => 3,
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

  test('one lease for all servers where that is fewer records than one for each', () => {
    const { log, streams, open } = createHarness();
    const calls = ['A', 'B', 'C'].map((inboxId) => open(inboxId));
    vi.advanceTimersByTime(2000);
    calls.push(open('D'));
    const live = (seconds: number): void => {
      for (let second = 0; second < seconds; second++) {
        vi.advanceTimersByTime(1000);
        for (const inboxId of ['A', 'B', 'C', 'D']) streams.heard(inboxId);
      }
    };
    live(8);
    // D has been told with the others, and is due when they are.
    expect(log).toEqual(['lease for all', 'lease for all']);
    streams.closed(calls[3]!);
    live(5);
    expect(log.slice(2)).toEqual(['lease A', 'lease B', 'lease C']);
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
