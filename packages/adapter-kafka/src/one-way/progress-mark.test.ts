import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProgress, parseProgress } from './progress-mark.js';

const nothing = { done: [], tries: new Map() };

describe('progress marks', () => {
  test('what was written is read', () => {
    const facts = fc.record({
      offset: fc.nat(2 ** 40),
      places: fc.uniqueArray(fc.integer({ min: 1, max: 2000 }), { maxLength: 400 }),
      tries: fc.dictionary(
        fc.integer({ min: 0, max: 2000 }).map(String),
        fc.record({ attempts: fc.integer({ min: 1, max: 50 }), unended: fc.nat(50) }),
        { maxKeys: 100 },
      ),
    });
    fc.assert(
      fc.property(facts, ({ offset, places, tries: given }) => {
        const done = places.map((place) => offset + place);
        const tries = new Map(Object.entries(given).map(([place, each]) => [offset + Number(place), each]));
        const mark = formatProgress({ offset, doubtBelow: undefined, done, tries });
        expect(mark.length).toBeLessThan(4096);
        const read = parseProgress(offset, mark);
        expect(read.doubtBelow).toBeUndefined();
        expect(read.done).toEqual(new Set(done));
        expect(read.tries).toEqual(tries);
      }),
    );
  });

  test('a partition that was given up in order says below which offset there is doubt', () => {
    const mark = (doubtBelow: number): string => formatProgress({ offset: 5, doubtBelow, ...nothing });
    expect([mark(5), mark(9)]).toEqual(['clean', 'clean;doubt-below=9']);
    expect(parseProgress(5, mark(5)).doubtBelow).toBe(5);
    expect(parseProgress(5, mark(9)).doubtBelow).toBe(9);
  });

  test('of marks that somebody else wrote nothing is known, and so there is doubt about all', () => {
    for (const mark of ['', 'closed', 'open;done=!!', 'clean;doubt-below=x', '\u0000', 'open;tries=1']) {
      const { doubtBelow, done, tries } = parseProgress(5, mark);
      expect([mark, doubtBelow, done.size, tries.size]).toEqual([mark, undefined, 0, 0]);
    }
  });

  test('a mark that grows too large forgets those that merely failed before those that may kill', () => {
    const tries = new Map(
      Array.from({ length: 5000 }, (_, n) => [n, { attempts: 100, unended: n === 4999 ? 2 : 0 }]),
    );
    const done = Array.from({ length: 100_000 }, (_, n) => n);
    const mark = formatProgress({ offset: 0, doubtBelow: undefined, done, tries });
    expect(mark.length).toBeLessThan(4096);
    expect(parseProgress(0, mark).tries.get(4999)).toEqual({ attempts: 100, unended: 2 });
  });
});
