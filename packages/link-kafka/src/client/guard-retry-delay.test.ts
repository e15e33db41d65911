import { expect, test, vi } from 'vitest';
import { guardRetryDelay } from './guard-retry-delay.js';

function refuse(): never {
  throw new Error('no delay for you');
}

test('a function that throws is told as uncaught, and the default takes its place', () => {
  const thrown: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (callback: () => void) => thrown.push(callback));
  try {
    expect(guardRetryDelay(refuse)(1)).toBe(2000);
    expect(thrown[0]).toThrow('no delay for you');
  } finally {
    vi.unstubAllGlobals();
  }
});

test('what no timer could count is no delay', () => {
  const answers = [5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40];
  expect(answers.map((answer) => guardRetryDelay(() => answer)(1))).toEqual([
    5,
    0,
    2000,
    2 ** 31 - 1,
    2 ** 31 - 1,
  ]);
});
