import { createCounters } from '@trpc-kafka/core/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createServedCall } from '../../test/support/served-call.js';
import { handlerCounterNames } from '../options.js';
import { createClientStreams } from './client-streams.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lease = { leaseMs: 15_000 };

function createHarness() {
  const log: string[] = [];
  const reading = { caughtUp: true };
  const counters = createCounters(handlerCounterNames);
  const streams = createClientStreams({
    isCaughtUp: () => reading.caughtUp,
    notify: ({ inboxId }, { kind }) => void log.push(`${kind} to ${inboxId}`),
    counters,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    emit: (event) =>
      void (event.type === 'client-lost' && log.push(`lost ${event.inboxId} ${event.streams}`)),
  });
  let id = 0;
  function open(inboxId: string, { leaseMs, chunks }: { leaseMs?: number; chunks?: boolean } = lease) {
    const call = createServedCall({
      from: inboxId,
      message: {
        kind: 'call',
        id: ++id,
        method: 'subscription',
        path: 'p',
        input: undefined,
        ...(leaseMs === undefined ? {} : { leaseMs }),
        ...(chunks === undefined ? {} : { chunks }),
      },
      replyTo: { topic: 'flights.replies', partition: 0, inboxId },
    });
    return { call, share: streams.opened(call) };
  }
  return { log, reading, streams, open, counters };
}

describe('client streams', () => {
  test('a client that is heard keeps its streams, and hears of the server three times a lease', () => {
    const { log, streams, open } = createHarness();
    const { call } = open('A');
    for (let n = 0; n < 100; n++) open('A');
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1000);
      streams.heard('A');
    }
    expect(log).toEqual(Array.from({ length: 12 }, () => 'heartbeat to A'));
    expect(call.controller.signal.aborted).toBe(false);
  });

  test('no heartbeat where items tell as much', () => {
    const { log, streams, open } = createHarness();
    const { share } = open('A');
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1000);
      share.spoke();
      streams.heard('A');
    }
    expect(log).toEqual([]);
  });

  test('a client that is not heard loses all its streams, others do not', () => {
    const { log, streams, open, counters } = createHarness();
    const lost = [open('A'), open('A')];
    const kept = open('B');
    for (let second = 0; second < 16; second++) {
      vi.advanceTimersByTime(1000);
      streams.heard('B');
    }
    expect(lost.map(({ call }) => call.abortReason)).toEqual(['client-lost', 'client-lost']);
    expect(kept.call.abortReason).toBeUndefined();
    expect(log).toContain('lost A 2');
    expect(counters.snapshot().clientsLost).toBe(1);
  });

  test('silence counts only while all that clients wrote is read', () => {
    const { reading, open } = createHarness();
    const { call } = open('A');
    reading.caughtUp = false;
    vi.advanceTimersByTime(60_000);
    reading.caughtUp = true;
    vi.advanceTimersByTime(14_000);
    expect(call.abortReason).toBeUndefined();
  });

  test('a call that reads chunks and names no lease has one of 15 s', () => {
    const { open } = createHarness();
    const { call } = open('A', { chunks: true });
    vi.advanceTimersByTime(14_000);
    expect(call.abortReason).toBeUndefined();
    vi.advanceTimersByTime(2000);
    expect(call.abortReason).toBe('client-lost');
  });

  test('two clients of a process may share their inbox: the longest lease counts, and the shortest sets the pace', () => {
    const { streams, open, log } = createHarness();
    const short = open('A', { leaseMs: 2000 });
    const long = open('A');
    for (let renewal = 0; renewal < 4; renewal++) {
      vi.advanceTimersByTime(5000);
      streams.heard('A');
    }
    expect(log.length).toBeGreaterThanOrEqual(20_000 / 800);
    expect([short.call.abortReason, long.call.abortReason]).toEqual([undefined, undefined]);
    vi.advanceTimersByTime(16_000);
    expect([short.call.abortReason, long.call.abortReason]).toEqual(['client-lost', 'client-lost']);
  });

  test('a call that asks for no lease is left alone', () => {
    const { open } = createHarness();
    const { call } = open('A', {});
    vi.advanceTimersByTime(100_000);
    expect([call.abortReason, vi.getTimerCount()]).toEqual([undefined, 0]);
  });

  test('nothing runs when the last stream is over', () => {
    const { open } = createHarness();
    for (const { call, share } of [open('A'), open('A'), open('B')]) share.leave(call);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('go-away reaches every client once, and streams that start afterwards', () => {
    const { log, streams, open } = createHarness();
    for (const client of ['A', 'A', 'B']) open(client);
    streams.goAway();
    open('C');
    expect(log).toEqual(['go-away to A', 'go-away to B', 'go-away to C']);
  });
});
