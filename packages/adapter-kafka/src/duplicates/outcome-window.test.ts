import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeptOutcome } from './outcome.js';
import { createOutcomeWindow } from './outcome-window.js';

const outcome = (envelope: string, expiresAtMs: number): KeptOutcome => ({
  codec: 'json',
  envelope,
  fingerprint: '',
  expiresAtMs,
});

/** What a window promises, in the most obvious way: a list. */
function createModel(maxEntries: number) {
  type Kept = { call: string; key: string | undefined; outcome: KeptOutcome };
  let shelves: Record<'keyed' | 'unkeyed', Kept[]> = { keyed: [], unkeyed: [] };
  const clean = (kept: Kept[], nowMs: number): Kept[] => {
    let rest = kept;
    while (rest.length > maxEntries || (rest[0]?.outcome.expiresAtMs ?? Infinity) <= nowMs)
      rest = rest.slice(1);
    return rest;
  };
  return {
    find(call: string, key: string | undefined, nowMs: number): string | undefined {
      const { keyed, unkeyed } = shelves;
      const alive = ({ outcome }: Kept): boolean => outcome.expiresAtMs > nowMs;
      const found =
        keyed.find((kept) => kept.call === call && alive(kept)) ??
        unkeyed.find((kept) => kept.call === call && alive(kept)) ??
        keyed.find((kept) => key !== undefined && kept.key === key && alive(kept));
      return found?.outcome.envelope as string | undefined;
    },
    keep({ call, key, outcome: kept }: Kept, nowMs: number): void {
      const shelf = key === undefined ? 'unkeyed' : 'keyed';
      const others = shelves[shelf].filter(
        (one) => one.call !== call && (key === undefined || one.key !== key),
      );
      shelves = { ...shelves, [shelf]: clean([...others, { call, key, outcome: kept }], nowMs) };
    },
  };
}

const step = fc.record({
  call: fc.integer({ min: 0, max: 9 }).map((n) => `call-${n}`),
  key: fc.option(
    fc.integer({ min: 0, max: 6 }).map((n) => `key-${n}`),
    { nil: undefined },
  ),
  keeps: fc.boolean(),
  lastsMs: fc.integer({ min: 1, max: 50 }),
  passesMs: fc.integer({ min: 0, max: 20 }),
});

describe('a window of outcomes', () => {
  test('finds what a list of all that was kept would find', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (steps, maxEntries) => {
        let nowMs = 0;
        const window = createOutcomeWindow({ maxEntries, maxBytes: 1e9, now: () => nowMs });
        const model = createModel(maxEntries);
        for (const [n, { call, key, keeps, lastsMs, passesMs }] of steps.entries()) {
          nowMs += passesMs;
          expect(window.find({ call, key })?.envelope).toBe(model.find(call, key, nowMs));
          if (!keeps) continue;
          const kept = outcome(String(n), nowMs + lastsMs);
          window.keep({ call, key }, kept);
          model.keep({ call, key, outcome: kept }, nowMs);
        }
        const { entries, bytes } = window.size();
        expect(entries).toBeLessThanOrEqual(2 * maxEntries);
        expect(bytes > 0).toBe(entries > 0);
      }),
    );
  });

  test.each([
    ['with a key', (n: number) => ({ call: `c${n}`, key: `k${n}` })],
    ['without', (n: number) => ({ call: `c${n}`, key: undefined })],
    ['with one key', (n: number) => ({ call: `c${n}`, key: 'k' })],
  ])('a flood of calls %s costs no more than is allowed', (_, name) => {
    const window = createOutcomeWindow({ maxEntries: 1000, maxBytes: 100_000, now: () => 0 });
    for (let n = 0; n < 100_000; n++) window.keep(name(n), outcome('x'.repeat(n % 3000), 1e9));
    const { entries, bytes } = window.size();
    expect(entries).toBeGreaterThan(0);
    expect(entries).toBeLessThanOrEqual(1000);
    expect(bytes).toBeLessThanOrEqual(100_000);
  });

  test('an outcome larger than the whole window is not remembered, and leaves nothing behind', () => {
    const window = createOutcomeWindow({ maxEntries: 10, maxBytes: 5000, now: () => 0 });
    window.keep({ call: 'c', key: 'k' }, outcome('x'.repeat(6000), 1000));
    expect(window.find({ call: 'c', key: 'k' })).toBeUndefined();
    expect(window.size()).toEqual({ entries: 0, bytes: 0 });
  });

  test('calls without a key do not push out those with one', () => {
    const window = createOutcomeWindow({ maxEntries: 10, maxBytes: 1e6, now: () => 0 });
    window.keep({ call: 'first', key: 'k' }, outcome('kept', 1000));
    for (let n = 0; n < 100; n++) window.keep({ call: `c${n}`, key: undefined }, outcome('other', 1000));
    expect(window.find({ call: 'again', key: 'k' })?.envelope).toBe('kept');
  });
});
