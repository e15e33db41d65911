import { describe, expect, test } from 'vitest';
import { createHarness, createTestClock, key } from '../../test/support/tested-dispatcher.js';
import { callKey } from './served-call.js';

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
    const { submit, end, happened } = createHarness({ maxConcurrentCalls: 1, maxWaiting: 2 });
    for (const id of [1, 2, 3]) submit(id);
    happened();
    submit(4);
    expect(happened()).toEqual(['too many']);
    await end(1);
    expect(happened()).not.toContain('go on');
    await end(2);
    expect(happened()).toContain('go on');
  });

  test('says so for their bytes, too', async () => {
    const { submit, end, happened } = createHarness({ maxConcurrentCalls: 1 });
    for (const id of [1, 2, 3]) submit(id, { bytes: 60 });
    expect(happened()).toContain('too many');
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

  test('drops a call whose deadline passes while it waits, without waiting for a place for it', async () => {
    const { clock, advance } = createTestClock();
    const { submit, happened, dispatcher, end } = createHarness({ clock, maxConcurrentCalls: 1 });
    submit(1, { deadlineMs: 5000 });
    submit(2, { deadlineMs: 1000 });
    happened();
    advance(1000);
    expect([happened(), dispatcher.waiting(), dispatcher.running()]).toEqual([
      ['begun 2', 'expired 2', 'settled 2'],
      0,
      1,
    ]);
    await end(1);
    await dispatcher.idle();
  });

  test('begins the newest first once one has waited in vain, until none waits', async () => {
    const { clock, advance } = createTestClock();
    const { submit, happened, end } = createHarness({ clock, maxConcurrentCalls: 1 });
    const ran = (): string[] => happened().filter((line) => line.startsWith('run'));
    submit(1);
    submit(2, { deadlineMs: 100 });
    for (const id of [3, 4, 5]) submit(id, { deadlineMs: 1000 });
    advance(100);
    await end(1);
    submit(6, { deadlineMs: 1000 });
    for (const id of [5, 6, 4, 3]) await end(id);
    expect(ran()).toEqual(['run 1', 'run 5', 'run 6', 'run 4', 'run 3']);
    for (const id of [7, 8, 9]) submit(id);
    for (const id of [7, 8, 9]) await end(id);
    expect(ran()).toEqual(['run 7', 'run 8', 'run 9']);
  });

  test('aborts the signal at the deadline', () => {
    const { clock, advance } = createTestClock();
    const { dispatcher, createCall } = createHarness({ clock });
    const call = createCall(1, { deadlineMs: 1000 });
    dispatcher.submit(call);
    expect(call.controller.signal.aborted).toBe(false);
    advance(1000);
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
      'begun 2',
      'settled 2',
      'settled 1',
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

  test.each([
    ['two-way', false],
    ['one-way', true],
  ])('a %s call that is read again is run once, and done when the one that runs is', async (_, oneWay) => {
    const { submit, end, happened } = createHarness();
    submit(1, { oneWay });
    submit(1, { oneWay });
    expect(happened()).toEqual(['begun 1', 'run 1', 'begun 1']);
    await end(1);
    expect(happened()).toEqual(['settled 1', 'settled 1']);
  });

  test('a two-way call that was written again is nothing to wait for where the first stands before it', async () => {
    const { submit, end, happened } = createHarness();
    submit(1, { partition: 7, offset: 5 });
    submit(1, { partition: 7, offset: 6 });
    expect(happened()).toEqual(['begun 1', 'run 1', 'settled 1']);
    for (const offset of [3, 4, 5]) submit(1, { partition: 8, offset });
    expect(happened()).toEqual(['begun 1', 'settled 1', 'settled 1']);
    await end(1);
    expect(happened()).toEqual(['settled 1', 'settled 1']);
  });

  test('frees the place of a call whose reply is on its way, and its record when that is written', async () => {
    const { dispatcher, createCall, submit, end, happened } = createHarness({ maxConcurrentCalls: 1 });
    const call = createCall(1);
    dispatcher.submit(call);
    submit(2);
    call.replyTaken();
    await end(1);
    expect([happened(), dispatcher.has(key(1))]).toEqual([['begun 1', 'run 1', 'begun 2', 'run 2'], false]);
    call.replyDone();
    expect(happened()).toEqual(['settled 1']);
    await end(2);
    await dispatcher.idle();
  });

  test('frees its record at its deadline, when nobody waits for the reply any more', async () => {
    const { clock, advance } = createTestClock();
    const { dispatcher, createCall, end, happened } = createHarness({ clock });
    const call = createCall(1, { deadlineMs: 1000 });
    dispatcher.submit(call);
    call.replyTaken();
    await end(1);
    advance(999);
    expect(happened()).toEqual(['begun 1', 'run 1']);
    advance(1);
    expect([happened(), call.abortReason]).toEqual([['settled 1'], undefined]);
    call.replyDone();
    expect(happened()).toEqual([]);
  });

  test('a call whose reply was written in time is not watched any more', async () => {
    const { clock } = createTestClock();
    const { dispatcher, createCall, end } = createHarness({ clock });
    const call = createCall(1, { deadlineMs: 1000 });
    dispatcher.submit(call);
    call.replyTaken();
    await end(1);
    expect(call.slot).toBeDefined();
    call.replyDone();
    expect(call.slot).toBeUndefined();
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

  test('begins no more in a turn of the event loop than it may: the answers to the first are to leave before the last begins', async () => {
    const { submit, happened } = createHarness({ maxConcurrentCalls: 9, startsPerTurn: 2 });
    for (const id of [1, 2, 3]) submit(id);
    expect(happened()).toEqual(['begun 1', 'run 1', 'begun 2', 'run 2']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(happened()).toEqual(['begun 3', 'run 3']);
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
