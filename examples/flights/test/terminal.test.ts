import { describe, expect, it } from 'vitest';
import { bar, column, duration, milliseconds, moment, whole } from '../src/terminal/columns.js';
import { createPaint, wantsColors } from '../src/terminal/paint.js';

describe('columns', () => {
  it('fill and cut by letters, not by code units', () => {
    expect(column('Zürich', 8)).toBe('Zürich  ');
    expect(column('7', 3, 'right')).toBe('  7');
    expect(column('Antananarivo', 6)).toBe('Antan…');
    expect(column('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  });

  it('show times, numbers and shares as people read them', () => {
    expect([0.84, 9.96, 12.4, 1_234].map(milliseconds)).toEqual(['0.8 ms', '10.0 ms', '12 ms', '1.23 s']);
    expect(whole(10_279.6)).toBe('10 280');
    expect([0, 0.5, 1, 7].map((share) => bar(share, 4).length)).toEqual([1, 2, 4, 4]);
    const start = new Date('2027-01-02T03:04:00Z');
    expect(duration(start, new Date('2027-01-02T15:09:00Z'))).toBe('12 h 05');
    expect(moment(start)).toBe('2027-01-02 03:04');
  });
});

describe('colors', () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
  ])('on %o with %o: %s', (stream, env, wanted) => {
    expect(wantsColors(stream, env)).toBe(wanted);
  });

  it('leave text alone when off', () => {
    expect(createPaint({ colors: false }).title('Flights')).toBe('Flights');
    expect(createPaint({ colors: true }).title('Flights')).toContain('\u001b[');
  });
});
