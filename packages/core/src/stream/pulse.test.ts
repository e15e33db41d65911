import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPulse } from './pulse.js';

const times = { speakEveryMs: 50, lostAfterMs: 150 };
const second = { ms: 10, silentMs: 10 };

describe('a pulse', () => {
  test('speaks at its pace, whatever it hears', () => {
    const pulse = createPulse(times);
    const verdicts = Array.from({ length: 14 }, () => {
      pulse.heard();
      return pulse.beat(second);
    });
    expect(
      verdicts.map((verdict, beat) => (verdict === 'speak' ? beat : -1)).filter((beat) => beat >= 0),
    ).toEqual([4, 9]);
  });

  test('does not speak when something else was said', () => {
    const pulse = createPulse(times);
    for (let beat = 0; beat < 40; beat++) {
      pulse.heard();
      pulse.spoke();
      expect(pulse.beat(second)).toBe('quiet');
    }
  });

  test('is lost when nothing was heard for the whole time, and not before', () => {
    const pulse = createPulse(times);
    for (let beat = 1; beat < 15; beat++) expect(pulse.beat(second)).not.toBe('lost');
    expect(pulse.beat(second)).toBe('lost');
  });

  test('time in which this side could not hear does not count, but it speaks all the same', () => {
    const pulse = createPulse(times);
    for (let beat = 0; beat < 100; beat++) expect(pulse.beat({ ms: 60, silentMs: 0 })).toBe('speak');
  });

  test('whoever is heard within each span is never lost', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(149), { maxLength: 200 }), (spans) => {
        const pulse = createPulse(times);
        for (const silentMs of spans) {
          expect(pulse.beat({ ms: silentMs, silentMs })).not.toBe('lost');
          pulse.heard();
        }
      }),
    );
  });
});
