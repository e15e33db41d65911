import { describe, expect, test } from 'vitest';
import { createHarness, createTestClock, key } from '../../test/support/tested-dispatcher.js';

describe('lanes of a dispatcher', () => {
  const slow = { rules: { slow: { maxConcurrent: 2 } }, maxConcurrentCalls: 10 };
  const ordered = { rules: { a: { ordered: true }, b: { ordered: true } }, maxConcurrentCalls: 10 };
  const started = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('run'));

  test('of a procedure so many run as it says, and others go past those that wait', async () => {
    const { submit, happened, end, dispatcher } = createHarness(slow);
    for (const id of [1, 2, 3, 4]) submit(id, { path: 'slow' });
    submit(5, { path: 'quick' });
    expect(started(happened())).toEqual(['run 1', 'run 2', 'run 5']);
    expect([dispatcher.running(), dispatcher.waiting()]).toEqual([3, 2]);
    await end(2);
    await end(5);
    expect(started(happened())).toEqual(['run 3']);
    for (const id of [1, 3]) await end(id);
    expect(started(happened())).toEqual(['run 4']);
    await end(4);
    await dispatcher.idle();
  });

  test('a subscription of such a procedure makes room when it has started', () => {
    const { dispatcher, createCall, submit, happened } = createHarness({
      rules: { slow: { maxConcurrent: 1 } },
    });
    const stream = createCall(1, { path: 'slow' });
    dispatcher.submit(stream);
    submit(2, { path: 'slow' });
    stream.settle();
    expect(started(happened())).toEqual(['run 1', 'run 2']);
  });

  test('calls of one key follow each other, whichever ordered procedure they are for; others do not wait', async () => {
    const { submit, happened, end, dispatcher } = createHarness(ordered);
    submit(1, { path: 'a', key: 'x' });
    submit(2, { path: 'b', key: 'x' });
    submit(3, { path: 'a', key: 'x' });
    submit(4, { path: 'a', key: 'y' });
    submit(5, { path: 'a' });
    submit(6, { path: 'other', key: 'x' });
    expect(started(happened())).toEqual(['run 1', 'run 4', 'run 5', 'run 6']);
    await end(1);
    expect(started(happened())).toEqual(['run 2']);
    await end(2);
    expect(started(happened())).toEqual(['run 3']);
    for (const id of [3, 4, 5, 6]) await end(id);
    await dispatcher.idle();
    submit(7, { path: 'a', key: 'x' });
    expect(started(happened())).toEqual(['run 7']);
  });

  test('they keep their order also when the newest go first, and one that is dropped or cancelled holds up none', async () => {
    const { clock, advance } = createTestClock();
    const { submit, happened, end, dispatcher } = createHarness({ ...ordered, clock, maxConcurrentCalls: 1 });
    submit(1);
    submit(2, { deadlineMs: 50 });
    for (const id of [3, 4, 5, 6]) submit(id, { path: 'a', key: 'x', partition: id === 4 ? 7 : 0 });
    for (const id of [7, 8]) submit(id, { path: 'a', key: 'x', deadlineMs: 60 });
    for (const id of [9, 10]) submit(id, { path: 'a', key: 'x' });
    advance(50);
    dispatcher.cancel(key(5));
    advance(20);
    const order: string[] = [];
    happened();
    for (const id of [1, 4, 3, 6, 9, 10]) {
      await end(id);
      order.push(...started(happened()));
    }
    expect(order).toEqual(['run 4', 'run 3', 'run 6', 'run 9', 'run 10']);
    await dispatcher.idle();
  });

  test('when the first of a key is dropped with its partition, so are those behind it, and nothing is left of them', async () => {
    const { submit, happened, end, dispatcher } = createHarness({ ...ordered, maxConcurrentCalls: 1 });
    submit(1);
    for (const id of [2, 3]) submit(id, { path: 'a', key: 'x', partition: 7 });
    dispatcher.dropWaiting(({ req }) => req.partition === 7);
    await end(1);
    await dispatcher.idle();
    submit(4, { path: 'a', key: 'x', partition: 7 });
    expect(started(happened())).toEqual(['run 1', 'run 4']);
  });

  test('a call may wait for both: its key, and its procedure', async () => {
    const { submit, happened, end, dispatcher } = createHarness({
      rules: { a: { ordered: true, maxConcurrent: 1 } },
      maxConcurrentCalls: 10,
    });
    submit(1, { path: 'a', key: 'x' });
    submit(2, { path: 'a', key: 'x' });
    submit(3, { path: 'a', key: 'y' });
    expect(started(happened())).toEqual(['run 1']);
    await end(1);
    expect(started(happened())).toEqual(['run 3']);
    await end(3);
    expect(started(happened())).toEqual(['run 2']);
    await end(2);
    await dispatcher.idle();
  });

  test('more than half of all that may wait is too much for one lane: others must get past it', async () => {
    const { submit, happened, dispatcher } = createHarness({ ...slow, maxWaiting: 8 });
    for (const id of [1, 2, 3, 4, 5, 6, 7]) submit(id, { path: 'slow' });
    expect(happened().slice(4)).toEqual(['begun 7', 'crowded 7', 'settled 7']);
    submit(8);
    expect([happened(), dispatcher.waiting()]).toEqual([['begun 8', 'run 8'], 4]);
  });
});
