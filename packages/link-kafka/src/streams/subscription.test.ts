import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { noAnswer, subscribe } from '../../test/support/fake-streams.js';
import { createStreamLimit } from './stream-limit.js';
import { createStreamPace } from './stream-pace.js';

/** Lets the back-off pass. */
const pass = (ms = 0): void => void vi.advanceTimersByTime(ms);

/** As a server answers that runs as many streams as it may. */
const noRoom = { kind: 'error', error: { code: -32029, message: 'no room', data: {} } } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('one stream', () => {
  test('hands on what comes, in order, and completes at its end', () => {
    const { log, first } = subscribe();
    first.start();
    for (const item of [1, 2, 3]) first.item(item);
    first.stop();
    expect(log).toEqual(['started', 1, 2, 3, 'stopped', 'complete']);
  });

  test('rights disorder and drops repeats', () => {
    const { log, first } = subscribe();
    first.start();
    for (const seq of [2, 1, 1, 2, 3]) first.item(seq, seq);
    expect(log).toEqual(['started', 1, 2, 3]);
    expect(first.expired).toBeUndefined();
  });

  test('a gap that stays is a lost stream: its server is told, and nothing behind it is handed on', () => {
    const { log, first } = subscribe({ onLost: 'error' });
    first.start();
    first.item(1, 1);
    first.item(3, 3);
    first.expired!();
    first.item(2, 2);
    expect(log).toEqual(['started', 1, 'cancel stream 1', 'STREAM_LOST']);
  });

  test('so is too much disorder', () => {
    const { log, first } = subscribe({ onLost: 'error' });
    first.start();
    first.item(1, 1);
    for (let seq = 3; seq < 70; seq++) first.item(seq, seq);
    expect(log).toEqual(['started', 1, 'cancel stream 1', 'STREAM_LOST']);
  });

  test('more is granted when half of the window is used, which has become wider then', () => {
    const { log, first } = subscribe();
    first.start();
    for (let item = 1; item <= 32; item++) first.item(item);
    expect(log.at(-1)).toEqual({ items: 32 + 2 * 64, bytes: 256 * 1024 });
  });

  test('an error before the start has no number', () => {
    const { log, first } = subscribe();
    first.send({ kind: 'error', error: { code: -32004, message: 'none such', data: {} } });
    expect(log).toEqual(['none such']);
  });

  test('takes a place among the streams of its client until it ends', () => {
    const streamLimit = createStreamLimit(2);
    const pace = createStreamPace();
    const [one, two] = [subscribe({ pace }, streamLimit), subscribe({}, streamLimit)];
    expect(subscribe({}, streamLimit)).toMatchObject({ log: ['TOO_MANY_REQUESTS'], streams: [] });
    for (const { first } of [one, two]) first.start();
    // A second stream for it is none of the caller's.
    one.first.watcher!.goAway(0);
    pass();
    expect(one.streams).toHaveLength(2);
    two.first.stop();
    // tRPC's observable does so when it has completed, or failed.
    two.end();
    const three = subscribe({}, streamLimit);
    expect(subscribe({}, streamLimit).log).toEqual(['TOO_MANY_REQUESTS']);
    three.end();
    const failed = subscribe({}, streamLimit);
    failed.first.fail(noAnswer());
    failed.end();
    expect(subscribe({ pace }, streamLimit).log).toEqual(['INVALID_OPTION']);
    one.end();
    expect([subscribe({}, streamLimit).log, subscribe({}, streamLimit).log]).toEqual([[], []]);
  });

  test('a call that fails before there ever was a stream is not made again', () => {
    const { log, streams, first } = subscribe();
    first.fail(noAnswer());
    pass(60_000);
    expect([log, streams.length]).toEqual([['TIMEOUT'], 1]);
  });
});

describe('a lost stream', () => {
  test('goes on elsewhere behind the last event, and the subscriber sees the states of the connection', () => {
    const { take, streams, first } = subscribe();
    first.start();
    first.events('a', 'b');
    first.watcher!.silent(15_000, 0);
    expect(take()).toEqual(['started', 'a', 'b', 'cancel stream 1', 'connecting']);
    pass();
    expect(streams[1]!.request.lastEventId).toBe('b');
    streams[1]!.start();
    // Some resolvers begin with the event they are told.
    streams[1]!.events('b', 'c');
    expect(take()).toEqual(['pending', 'started', 'c']);
  });

  test('keeps its last event over losses before which nothing came', () => {
    const { streams, first } = subscribe();
    first.start();
    first.events('a');
    first.lose();
    pass();
    streams[1]!.start();
    streams[1]!.lose('lease');
    pass();
    expect(streams[2]!.request.lastEventId).toBe('a');
  });

  test('waits as it is told, and then longer with each attempt that fails', () => {
    const { take, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.silent(15_000, 40);
    pass(39);
    expect(streams).toHaveLength(1);
    pass(1);
    streams[1]!.fail(noAnswer());
    pass(999);
    expect(streams).toHaveLength(2);
    pass(1);
    streams[2]!.start();
    expect(take()).toEqual([
      'started',
      'a',
      'cancel stream 1',
      'connecting',
      'connecting',
      'pending',
      'started',
    ]);
    streams[2]!.lose();
    pass();
    expect(streams).toHaveLength(4);
  });

  test('is opened again when the new server answers that it came too late', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.lose();
    pass();
    streams[1]!.send({ kind: 'expired', nowMs: 1 });
    pass(1000);
    expect([streams.length, log]).toEqual([3, ['started', 'connecting', 'connecting']]);
  });

  test('is opened again when the new server has no room for it, and ends when the first one had none', () => {
    const { take, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.lose();
    pass();
    streams[1]!.send(noRoom);
    pass(1000);
    streams[2]!.send(noRoom);
    pass(2000);
    expect(streams[3]!.request.lastEventId).toBe('a');
    streams[3]!.start();
    expect(take()).toEqual(['started', 'a', 'connecting', 'connecting', 'connecting', 'pending', 'started']);
    const other = subscribe();
    other.first.send(noRoom);
    pass(60_000);
    expect([other.streams.length, other.log]).toEqual([1, ['no room']]);
  });

  test('an error of that kind at the end of a stream is its end', () => {
    const { log, first, streams } = subscribe();
    first.start();
    first.send({ ...noRoom, seq: 1 });
    pass(60_000);
    expect([streams.length, log]).toEqual([1, ['started', 'no room']]);
  });

  test('that is untracked begins anew, or is an error, as the caller said', () => {
    const restarting = subscribe();
    restarting.first.start();
    restarting.first.item(1);
    restarting.first.lose();
    pass();
    expect(restarting.streams[1]!.request.lastEventId).toBeUndefined();
    const failing = subscribe({ onLost: 'error' });
    failing.first.start();
    failing.first.item(1);
    failing.first.lose();
    expect(failing.log).toEqual(['started', 1, 'STREAM_LOST']);
  });

  test('ends with the error that the new server answers', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.lose();
    pass();
    streams[1]!.send({ kind: 'error', error: { code: -32001, message: 'token expired', data: {} } });
    expect(log).toEqual(['started', 'connecting', 'token expired']);
  });

  test('is not opened again for a subscriber that left meanwhile', () => {
    const { streams, first, end } = subscribe();
    first.start();
    first.lose();
    end();
    pass(60_000);
    expect(streams).toHaveLength(1);
  });
});

describe('hand-over', () => {
  test('the old stream goes on until the new one has started: no gap, no repeat, nothing to be seen', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    first.events('b', 'c');
    streams[1]!.start();
    first.events('d');
    streams[1]!.events('b', 'c', 'd', 'e');
    expect(streams[1]!.request.lastEventId).toBe('a');
    expect(log).toEqual(['started', 'a', 'b', 'c', 'cancel stream 1', 'd', 'e']);
  });

  test('it can begin again while the new stream still repeats what the old one brought', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    first.events('b', 'c');
    streams[1]!.start();
    streams[1]!.watcher!.goAway(0);
    pass();
    expect(streams[2]!.request.lastEventId).toBe('c');
    streams[1]!.events('b', 'c', 'd');
    streams[2]!.start();
    streams[2]!.events('d', 'e');
    expect(log).toEqual(['started', 'a', 'b', 'c', 'cancel stream 1', 'd', 'cancel stream 2', 'e']);
  });

  test('an attempt that fails is made again from the newest event, while the old stream goes on', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    first.events('b');
    streams[1]!.fail(noAnswer());
    first.events('c');
    pass(1000);
    expect(streams[2]!.request.lastEventId).toBe('c');
    first.events('d');
    streams[2]!.start();
    streams[2]!.events('d', 'e');
    expect(log).toEqual(['started', 'a', 'b', 'c', 'd', 'cancel stream 1', 'e']);
  });

  test('an attempt for which there is no room is made again, while the old stream goes on', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    streams[1]!.send(noRoom);
    first.events('b');
    pass(1000);
    streams[2]!.start();
    streams[2]!.events('b', 'c');
    expect(log).toEqual(['started', 'a', 'b', 'cancel stream 1', 'c']);
  });

  test('a stream whose server closes before the new one has started is lost, and goes on all the same', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    first.events('b');
    first.lose();
    streams[1]!.start();
    streams[1]!.events('b', 'c');
    expect(log).toEqual(['started', 'a', 'b', 'connecting', 'pending', 'started', 'c']);
  });

  test('a stream that comes to its end needs no other', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    first.stop();
    streams[1]!.start();
    expect(log).toEqual(['started', 'a', 'cancel stream 2', 'stopped', 'complete']);
  });

  test('a stream that is not tracked stays with its server as long as that lives', () => {
    const { streams, first } = subscribe();
    first.start();
    first.item(1);
    first.watcher!.goAway(0);
    pass(60_000);
    expect(streams).toHaveLength(1);
  });

  test('one that has brought nothing yet can move', () => {
    const { streams, first } = subscribe();
    first.start();
    first.watcher!.goAway(0);
    pass();
    expect(streams).toHaveLength(2);
  });

  test('too many events in the meantime end the old stream, so that memory stays bounded', () => {
    const { log, streams, first } = subscribe();
    first.start();
    first.events('a');
    first.watcher!.goAway(0);
    pass();
    const isEvent = (each: unknown): boolean => typeof each === 'string' && /^e\d/.test(each);
    const all = Array.from({ length: 20_000 }, (_, n) => `e${n}`);
    first.events(...all);
    expect(log.filter(isEvent).length).toBeLessThan(10_001);
    streams[1]!.start();
    streams[1]!.events(...all);
    expect(log.filter(isEvent)).toEqual(all);
  });
});
