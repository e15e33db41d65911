import { expect, test } from 'vitest';
import { createTarget, formatSpread, shortNumber } from './target.ts';

const at = (median: number) => ({ median, min: median / 2, max: median * 2 });

test('the median is what is judged, and reaching the bound is enough', () => {
  const atMost = (median: number) =>
    createTarget({ what: 'x', unit: 'ms', atMost: 2, measured: at(median) }).isMet;
  expect([1.9, 2, 2.1].map(atMost)).toEqual([true, true, false]);
  const atLeast = (median: number) =>
    createTarget({ what: 'x', unit: 'ms', atLeast: 2, measured: at(median) }).isMet;
  expect([1.9, 2, 2.1].map(atLeast)).toEqual([false, true, true]);
});

test('what was not measured is neither met nor missed', () => {
  expect(createTarget({ what: 'x', unit: 'ms', atMost: 2, measured: undefined })).toMatchObject({
    isMet: undefined,
    text: 'not measured',
    goal: '≤ 2 ms',
  });
});

test('an aim is called one', () => {
  const target = createTarget({
    what: 'x',
    unit: '× wsLink',
    atLeast: 1,
    isAim: true,
    measured: at(1),
    note: 'on a driver',
  });
  expect(target).toMatchObject({
    goal: 'aim: ≥ 1 × wsLink',
    text: '1.00 [0.50–2.00] × wsLink (on a driver)',
  });
});

test('numbers have the digits that matter', () => {
  expect([0.456, 1.234, 12.34, 123.4, 12_345.6].map(shortNumber)).toEqual([
    '0.46',
    '1.23',
    '12.3',
    '123',
    '12,346',
  ]);
  expect(formatSpread({ median: 5, min: 5, max: 5 })).toBe('5.00');
});
