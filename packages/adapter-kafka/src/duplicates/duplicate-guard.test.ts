import { describe, expect, test } from 'vitest';
import { createGuardHarness as createHarness, failed, turn } from '../../test/support/duplicate-guard.js';

describe('a mutation with a key that is used again', () => {
  test('after the first was done gets its result, from whichever instance it comes', async () => {
    const { start, end, runs, sent, settled, counters } = createHarness();
    await start(1, { key: 'k' });
    await end('done');
    await start(2, { key: 'k', from: 'B' });
    expect(sent).toEqual([
      { id: 1, got: 'done' },
      { id: 2, got: 'done' },
    ]);
    expect([runs.length, settled, counters.snapshot().duplicates]).toEqual([1, [1, 2], 1]);
  });

  test('while the first runs waits for it, and both are answered', async () => {
    const { start, end, runs, sent, counters } = createHarness();
    for (const id of [1, 2, 3]) await start(id, { key: 'k' });
    expect([runs.length, sent]).toEqual([1, []]);
    await end('done');
    expect(sent.map(({ id, got }) => `${String(id)} ${String(got)}`).sort()).toEqual([
      '1 done',
      '2 done',
      '3 done',
    ]);
    expect([runs.length, counters.snapshot().duplicates]).toEqual([1, 2]);
  });

  test('is run again when the first failed with what may pass, one at a time, and knows it', async () => {
    const { start, end, runs, sent } = createHarness();
    for (const id of [1, 2, 3]) await start(id, { key: 'k' });
    await end(failed('SERVICE_UNAVAILABLE'));
    expect(runs).toEqual([
      { input: 'in', maybeRedelivered: false },
      { input: 'in', maybeRedelivered: true },
    ]);
    await end('at last');
    expect(sent.map(({ id, got }) => `${String(id)} ${String(got)}`).sort()).toEqual([
      '1 SERVICE_UNAVAILABLE',
      '2 at last',
      '3 at last',
    ]);
    expect(runs.length).toBe(2);
  });

  test.each([
    ['CONFLICT', 1],
    ['BAD_REQUEST', 1],
    ['PRECONDITION_FAILED', 1],
    ['INTERNAL_SERVER_ERROR', 2],
    ['TIMEOUT', 2],
    ['TOO_MANY_REQUESTS', 2],
    // A caller whose token was too old comes back with another.
    ['UNAUTHORIZED', 2],
    ['FORBIDDEN', 2],
  ] as const)('after %s has made for %i runs', async (code, expected) => {
    const { start, end, runs, sent } = createHarness();
    await start(1, { key: 'k' });
    await end(failed(code));
    await start(2, { key: 'k' });
    expect(runs.length).toBe(expected);
    expect(sent.map(({ got }) => got)).toEqual(expected === 1 ? [code, code] : [code]);
  });

  test('is run again after the window', async () => {
    const { start, end, runs, pass } = createHarness();
    await start(1, { key: 'k' });
    await end('done');
    pass(9_999);
    await start(2, { key: 'k' });
    expect(runs.length).toBe(1);
    pass(1);
    await start(3, { key: 'k' });
    expect(runs.length).toBe(2);
  });

  test.each(['while', 'after'])(
    'with another input, %s the first runs, is a mistake and not run',
    async (when) => {
      const { start, end, runs, sent } = createHarness();
      await start(1, { key: 'k', input: { amount: 1 } });
      if (when === 'after') await end('done');
      await start(2, { key: 'k', input: { amount: 2 } });
      expect(sent.at(-1)).toEqual({ id: 2, got: 'UNPROCESSABLE_CONTENT' });
      expect(runs.length).toBe(1);
    },
  );

  test('is another call where a scope says so', async () => {
    const { start, end, runs } = createHarness({ scope: ({ headers }) => headers['tenant']! });
    await start(1, { key: 'k', from: 'A' });
    await end('done');
    await start(2, { key: 'k', from: 'B' });
    await start(3, { key: 'k', from: 'A' });
    expect(runs.length).toBe(2);
  });

  test('gets what a scope throws, and is not run', async () => {
    const { start, runs, sent } = createHarness({
      scope() {
        throw failed('UNAUTHORIZED');
      },
    });
    await start(1, { key: 'k' });
    expect([runs.length, sent]).toEqual([0, [{ id: 1, got: 'UNAUTHORIZED' }]]);
  });

  test('a caller who gives up while it waits is not run for, and the first goes on', async () => {
    const { start, end, runs, sent, settled } = createHarness();
    await start(1, { key: 'k' });
    const second = await start(2, { key: 'k' });
    second.abort('cancelled');
    await turn();
    expect([runs.length, sent, settled]).toEqual([1, [], [2]]);
    await end('done');
    expect(sent).toEqual([{ id: 1, got: 'done' }]);
  });

  test('gets the result of a first whose own caller did not wait for it', async () => {
    const { start, end, runs, sent } = createHarness();
    const first = await start(1, { key: 'k' });
    first.abort('deadline');
    await start(2, { key: 'k' });
    await end('done all the same');
    expect([runs.length, sent]).toEqual([1, [{ id: 2, got: 'done all the same' }]]);
  });

  test('is run again when the first was cut short', async () => {
    const { start, end, runs } = createHarness();
    const first = await start(1, { key: 'k' });
    first.abort('deadline');
    await end(new Error('aborted'));
    await start(2, { key: 'k' });
    expect(runs.length).toBe(2);
  });
});

describe('a mutation without a key that arrives again', () => {
  test('is answered as it was, also with an error that may pass: nobody has asked again', async () => {
    const { start, end, runs, sent } = createHarness();
    await start(1);
    await end(failed('SERVICE_UNAVAILABLE'));
    await start(1);
    await start(1, { from: 'B' });
    expect(sent).toEqual(Array.from({ length: 2 }, () => ({ id: 1, got: 'SERVICE_UNAVAILABLE' })));
    // Ids are those of an instance.
    expect(runs.length).toBe(2);
  });

  test('is remembered until its deadline, after which it is not run anyway', async () => {
    const { start, end, runs, pass } = createHarness();
    await start(1, { deadlineMs: 3000 });
    await end('done');
    pass(1999);
    await start(1, { deadlineMs: 3000 });
    expect(runs.length).toBe(1);
    pass(1);
    await start(1, { deadlineMs: 9000 });
    expect(runs.length).toBe(2);
  });
});

test('a query is run as often as it is asked', async () => {
  const { start, end, runs } = createHarness();
  await start(1, { method: 'query', key: 'k' });
  await end('a');
  await start(1, { method: 'query', key: 'k' });
  expect(runs.length).toBe(2);
});

test('a result that cannot be sent was reached all the same, and is not reached again', async () => {
  const { start, end, runs, sent } = createHarness();
  await start(1, { key: 'k' });
  await end({ toJSON: () => 1n });
  await start(2, { key: 'k' });
  expect(sent.map(({ got }) => got)).toEqual(['INTERNAL_SERVER_ERROR', 'INTERNAL_SERVER_ERROR']);
  expect(runs.length).toBe(1);
});
