import { describe, expect, test } from 'vitest';
import { createGuardHarness as createHarness, failed, turn } from '../../test/support/duplicate-guard.js';
import type { KeptOutcome, OutcomeStore } from './outcome.js';

describe('a one-way call', () => {
  test('that was carried out is not carried out again', async () => {
    const { guard, callOf, end, runs, counters } = createHarness();
    const first = guard.runOneWay(callOf(1, { oneWay: true, key: 'k' }));
    const second = guard.runOneWay(callOf(2, { oneWay: true, key: 'k' }));
    await turn();
    await end(undefined);
    await Promise.all([first, second]);
    await guard.runOneWay(callOf(3, { oneWay: true, key: 'k' }));
    await guard.runOneWay(callOf(1, { oneWay: true }));
    expect([runs.length, counters.snapshot().duplicates]).toEqual([1, 3]);
  });

  test('that failed may be tried again, and a two-way call with its key is another', async () => {
    const { guard, callOf, end, runs, start } = createHarness();
    const first = guard.runOneWay(callOf(1, { oneWay: true, key: 'k' }));
    const outcome = expect(first).rejects.toThrow('CONFLICT');
    await turn();
    await end(failed('CONFLICT'));
    await outcome;
    void guard.runOneWay(callOf(1, { oneWay: true, key: 'k' })).catch(() => {});
    await start(2, { key: 'k' });
    expect(runs.length).toBe(3);
  });

  test('that waits when its handler closes is left to the next owner', async () => {
    const { guard, callOf } = createHarness();
    void guard.runOneWay(callOf(1, { oneWay: true, key: 'k' }));
    const waiting = callOf(2, { oneWay: true, key: 'k' });
    const outcome = expect(guard.runOneWay(waiting)).rejects.toThrow('aborted while it waited');
    await turn();
    waiting.abort('closing');
    await outcome;
  });
});

describe('with a store of the user', () => {
  function createStore(): OutcomeStore & { readonly kept: Map<string, KeptOutcome> } {
    const kept = new Map<string, KeptOutcome>();
    return {
      kept,
      find: async (key) => kept.get(key),
      async keep(key, outcome) {
        await turn();
        kept.set(key, outcome);
      },
    };
  }

  test('instances share outcomes, and a call is not done before its outcome is kept', async () => {
    const store = createStore();
    const [one, other] = [createHarness({ store }), createHarness({ store })];
    await one.start(1, { key: 'k' });
    let keep = (): void => {};
    store.keep = (key, outcome) =>
      new Promise((resolve) => {
        keep = () => {
          store.kept.set(key, outcome);
          resolve();
        };
      });
    await one.end('done');
    expect([one.sent, one.settled]).toEqual([[], []]);
    keep();
    await turn();
    expect([one.sent, one.settled]).toEqual([[{ id: 1, got: 'done' }], [1]]);
    await other.start(2, { key: 'k', from: 'B' });
    expect([other.runs, other.sent]).toEqual([[], [{ id: 2, got: 'done' }]]);
    expect(await one.guard.isKnown(one.callOf(3, { key: 'k' }))).toBe(true);
    expect(await one.guard.isKnown(one.callOf(3, { key: 'other' }))).toBe(false);
  });

  test('repeats at one time are still one run', async () => {
    const { start, end, runs, sent } = createHarness({ store: createStore() });
    for (const id of [1, 2, 3]) await start(id, { key: 'k' });
    await end('done');
    await turn();
    expect([runs.length, sent.length]).toEqual([1, 3]);
  });

  test('a store that cannot be asked keeps the call from running, one that cannot keep keeps nobody from the answer', async () => {
    const store = createStore();
    const { start, end, runs, sent, settled, counters } = createHarness({ store });
    store.find = () => Promise.reject(new Error('database away'));
    await start(1, { key: 'k' });
    expect([runs.length, sent]).toEqual([0, [{ id: 1, got: 'INTERNAL_SERVER_ERROR' }]]);
    store.find = () => undefined;
    store.keep = () => {
      throw new Error('database away');
    };
    await start(2, { key: 'k' });
    await end('done');
    expect(sent.at(-1)).toEqual({ id: 2, got: 'done' });
    expect([settled, counters.snapshot().outcomesLost]).toEqual([[1, 2], 1]);
  });

  test('of a store that throws nothing is known, and nothing thrown further', async () => {
    const store = createStore();
    const { guard, callOf } = createHarness({ store });
    store.find = () => {
      throw new Error('database away');
    };
    expect(await guard.isKnown(callOf(1, { key: 'k' }))).toBe(false);
  });

  test('what it holds and nobody can read is an error, not a second run', async () => {
    const store = createStore();
    store.find = () => ({ codec: 'cbor', envelope: '', fingerprint: '', expiresAtMs: 1e9 });
    const { start, runs, sent } = createHarness({ store });
    await start(1, { key: 'k' });
    expect([runs.length, sent.map(({ got }) => got)]).toEqual([0, ['INTERNAL_SERVER_ERROR']]);
  });
});
