import { expect, test } from 'vitest';
import { median, spreadOf } from './statistics.ts';

test('the median of an odd number of samples is the one in the middle, of an even number the mean of two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 1, 2, 3])).toBe(2.5);
  expect(spreadOf([5, 100, 7])).toEqual({ median: 7, min: 5, max: 100 });
});

test('numbers are sorted as numbers, and the samples stay as they are', () => {
  const samples = [100, 9, 20];
  expect(median(samples)).toBe(20);
  expect(samples).toEqual([100, 9, 20]);
});

test('nothing has no spread', () => {
  expect(spreadOf([])).toBeUndefined();
  expect(median([])).toBeNaN();
});
