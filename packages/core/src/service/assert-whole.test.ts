import { expect, test } from 'vitest';
import { assertWhole } from './assert-whole.js';

test.each([undefined, 1, 1000, Number.MAX_SAFE_INTEGER])('takes %s', (value) => {
  expect(() => assertWhole(value, { name: 'maxCalls' })).not.toThrow();
});

test.each([
  [Number.NaN, 'maxCalls is NaN; give a whole number from 1'],
  [0, 'maxCalls is 0'],
  [1.5, 'maxCalls is 1.5'],
  [Number.POSITIVE_INFINITY, 'maxCalls is Infinity'],
  ['7', 'maxCalls is of type string'],
  [{}, 'maxCalls is of type object'],
])('refuses %s', (value, message) => {
  expect(() => assertWhole(value, { name: 'maxCalls' })).toThrow(message);
});

test('takes another range', () => {
  expect(() => assertWhole(0, { name: 'skewMs', min: 0, max: 5 })).not.toThrow();
  expect(() => assertWhole(6, { name: 'skewMs', min: 0, max: 5 })).toThrow('a whole number from 0 to 5');
});
