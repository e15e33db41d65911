import type { CallMessage, Clock } from '@trpc-kafka/core/internal';
import { createCounters } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { handlerCounterNames } from '../options.js';
import { createDispatcher } from './dispatcher.js';
import { callKey, ServedCall } from './served-call.js';

interface Options {
  readonly maxConcurrentCalls?: number;
  readonly clock?: Clock;
}

/** A dispatcher whose calls end when the test says so. */
function createHarness({ maxConcurrentCalls = 2, clock }: Options = {}) {
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const counters = createCounters(handlerCounterNames);
  const dispatcher = createDispatcher({
    maxConcurrentCalls,
    counters,
    onExpired: ({ message }) => log.push(`expired ${message.id}`),
    onDuplicate: () => {},
    onPressure: (high) => log.push(high ? 'too many' : 'go on'),
    run(call) {
      log.push(`run ${call.message.id}`);
      return new Promise((resolve) => {
        ends.set(call.message.id as number, () => {
          call.settle();
          resolve();
        });
      });
    },
    ...(clock === undefined ? {} : { clock }),
  });

  function createCall(
    id: number,
    options: { deadlineMs?: number; partition?: number; oneWay?: boolean } = {},
  ): ServedCall {
    const message: CallMessage = { kind: 'call', id, method: 'query', path: 'p', input: undefined };
    const { deadlineMs, partition = 0, oneWay = false } = options;
    return new ServedCall({
      message,
      req: {
        topic: 't',
        partition,
        offset: id,
        timestampMs: 0,
        key: null,
        headers: {},
        from: 'caller',
        idempotencyKey: undefined,
        oneWay,
        maybeRedelivered: false,
        attempt: 1,
      },
      replyTo: undefined,
      deadlineMs,
      batchIndex: 0,
      isBatchCall: false,
      onBegun: () => log.push(`begun ${id}`),
      onSettled: () => log.push(`settled ${id}`),
    });
  }

  async function end(id: number): Promise<void> {
    ends.get(id)!();
    await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    dispatcher,
    counters,
    createCall,
    end,
    submit: (id: number, options?: Parameters<typeof createCall>[1]) =>
      dispatcher.submit(createCall(id, options)),
    /** What happened since it was asked last. */
    happened: () => log.splice(0),
  };
}

const key = (id: number): string => callKey('caller', id);

describe('createDispatcher', () => {
  test('runs so many at a time, the others in their order', async () => {
    const { submit, end, happened, dispatcher } = createHarness();
    for (const id of [1, 2, 3, 4]) submit(id);
    expect(happened()).toEqual(['begun 1', 'run 1', 'begun 2', 'run 2']);
    expect([dispatcher.running(), dispatcher.waiting()]).toEqual([2, 2]);
    await end(2);
    expect(happened()).toEqual(['settled 2', 'begun 3', 'run 3']);
  });

  test('a call that settles while it runs gives its place to the next: a stream lasts', async () => {
    const { dispatcher, createCall, submit, happened } = createHarness({ maxConcurrentCalls: 1 });
    const stream = createCall(1);
    dispatcher.submit(stream);
    submit(2);
    stream.settle();
    expect(happened()).toEqual(['begun 1', 'run 1', 'settled 1', 'begun 2', 'run 2']);
    expect(dispatcher.running()).toBe(2);
  });

  test('a call that has become a stream is there until it ends itself', async () => {
    const { dispatcher, createCall, end } = createHarness();
    const stream = createCall(1);
    const granted: unknown[] = [];
    dispatcher.submit(stream);
    stream.stream = { grant: (credit) => void granted.push(credit), aborted() {} };
    await end(1);
    dispatcher.grant(key(1), { items: 1, bytes: 1 });
    expect([dispatcher.running(), granted]).toEqual([1, [{ items: 1, bytes: 1 }]]);
    const idle = dispatcher.idle();
    stream.end();
    await idle;
    dispatcher.grant(key(1), { items: 2, bytes: 2 });
    expect([dispatcher.has(key(1)), granted.length]).toEqual([false, 1]);
  });

  test('says when more than enough wait, and when no longer', async () => {
    const { submit, end, happened } = createHarness({ maxConcurrentCalls: 1 });
    for (const id of [1, 2, 3]) submit(id);
    happened();
    submit(4);
    expect(happened()).toEqual(['too many']);
    await end(1);
    expect(happened()).not.toContain('go on');
    await end(2);
    expect(happened()).toContain('go on');
  });

  test('does not run a call whose deadline has passed, and says so', () => {
    const { submit, happened, counters } = createHarness();
    submit(1, { deadlineMs: Date.now() - 1 });
    expect(happened()).toEqual(['begun 1', 'expired 1', 'settled 1']);
    expect(counters.snapshot().expired).toBe(1);
  });

  test('aborts the signal at the deadline', () => {
    let nowMs = 0;
    let timer: (() => void) | undefined;
    const clock: Clock = {
      now: () => nowMs,
      setTimeout(callback) {
        timer = callback;
        return callback;
      },
      clearTimeout() {},
    };
    const { dispatcher, createCall } = createHarness({ clock });
    const call = createCall(1, { deadlineMs: 1000 });
    dispatcher.submit(call);
    expect(call.controller.signal.aborted).toBe(false);
    nowMs = 1000;
    timer!();
    expect([call.controller.signal.aborted, call.abortReason]).toEqual([true, 'deadline']);
  });

  test('cancels a call that runs, drops one that waits, and remembers one that has not come yet', async () => {
    const { dispatcher, createCall, submit, end, happened, counters } = createHarness({
      maxConcurrentCalls: 1,
    });
    const running = createCall(1);
    dispatcher.submit(running);
    submit(2);
    dispatcher.cancel(key(1));
    dispatcher.cancel(key(2));
    dispatcher.cancel(key(3));
    submit(3);
    expect(running.controller.signal.aborted).toBe(true);
    await end(1);
    expect(happened()).toEqual([
      'begun 1',
      'run 1',
      'settled 1',
      'begun 2',
      'settled 2',
      'begun 3',
      'settled 3',
    ]);
    expect(counters.snapshot().cancelled).toBe(3);
  });

  test('cancels no call of another caller', () => {
    const { dispatcher, createCall } = createHarness();
    const call = createCall(1);
    dispatcher.submit(call);
    dispatcher.cancel(callKey('somebody else', 1));
    expect(call.controller.signal.aborted).toBe(false);
  });

  test('runs a call that is read twice once', () => {
    const { submit, happened } = createHarness();
    submit(1);
    submit(1);
    expect(happened()).toEqual(['begun 1', 'run 1', 'settled 1']);
  });

  test('a one-way call that is read again is done when the one that runs is, and not before', async () => {
    const { submit, end, happened } = createHarness();
    submit(1, { oneWay: true });
    submit(1, { oneWay: true });
    expect(happened()).toEqual(['begun 1', 'run 1', 'begun 1']);
    await end(1);
    expect(happened()).toEqual(['settled 1', 'settled 1']);
  });

  test('a one-way call that is read again runs when the one before it is dropped', async () => {
    const { dispatcher, submit, end, happened } = createHarness({ maxConcurrentCalls: 1 });
    submit(1);
    submit(2, { oneWay: true, partition: 7 });
    submit(2, { oneWay: true, partition: 8 });
    dispatcher.dropWaiting((call) => call.req.partition === 7);
    await end(1);
    expect(happened()).toEqual(['begun 1', 'run 1', 'settled 1', 'begun 2', 'run 2']);
  });

  test('begins nothing while it is held', () => {
    const { dispatcher, submit, happened } = createHarness();
    dispatcher.setHeld(true);
    submit(1);
    expect(happened()).toEqual([]);
    dispatcher.setHeld(false);
    expect(happened()).toEqual(['begun 1', 'run 1']);
  });

  test('drops what waits of partitions that are gone, without a word', async () => {
    const { dispatcher, submit, end, happened } = createHarness({ maxConcurrentCalls: 1 });
    submit(1);
    submit(2, { partition: 7 });
    submit(3);
    dispatcher.dropWaiting((call) => call.req.partition === 7);
    await end(1);
    expect(happened()).toEqual(['begun 1', 'run 1', 'settled 1', 'begun 3', 'run 3']);
  });

  test('is idle when nothing runs and nothing waits any more', async () => {
    const { dispatcher, submit, end } = createHarness({ maxConcurrentCalls: 1 });
    await dispatcher.idle();
    submit(1);
    submit(2);
    let idle = false;
    const waiting = dispatcher.idle().then(() => {
      idle = true;
    });
    await end(1);
    expect(idle).toBe(false);
    await end(2);
    await waiting;
  });

  test('ends ten thousand calls that end at once without growing the stack', () => {
    const { dispatcher, submit, happened } = createHarness({ maxConcurrentCalls: 1 });
    dispatcher.setHeld(true);
    for (let id = 0; id < 10_000; id++) submit(id, { deadlineMs: 1 });
    happened();
    dispatcher.setHeld(false);
    expect(happened().filter((line) => line.startsWith('expired'))).toHaveLength(10_000);
    expect(dispatcher.waiting()).toBe(0);
  });
});
