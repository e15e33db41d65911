import { expect, test } from 'vitest';
import { createRecentCalls } from './recent-calls.js';

test('hands a call over once', () => {
  const calls = createRecentCalls();
  calls.add('a', 60_000, 0);
  calls.add('a', 60_000, 1);
  expect([calls.delete('a'), calls.delete('a'), calls.delete('b')]).toEqual([true, false, false]);
});

test('keeps the latest ten thousand, whatever a flood of them is for', () => {
  const calls = createRecentCalls();
  for (let n = 0; n < 100_000; n++) calls.add(`call ${n}`, 60_000, 0);
  const kept = Array.from({ length: 100_000 }, (_, n) => calls.has(`call ${n}`));
  expect([kept.indexOf(true), kept.filter(Boolean).length]).toEqual([90_000, 10_000]);
});

test('one that is known anew is the newest', () => {
  const calls = createRecentCalls();
  for (const [key, count] of [
    ['known', 1],
    ['one of many', 9_999],
    ['known', 1],
    ['another', 9_999],
  ] as const)
    for (let n = 0; n < count; n++) calls.add(count === 1 ? key : `${key} ${n}`, 60_000, 0);
  expect([calls.has('known'), calls.has('one of many 9998')]).toEqual([true, false]);
});

test('forgets calls whose time is over', () => {
  const calls = createRecentCalls();
  calls.add('old', 60_000, 0);
  calls.add('young', 90_000, 30_000);
  calls.add('new', 120_000, 60_000);
  expect(['old', 'young', 'new'].map((key) => calls.has(key))).toEqual([false, true, true]);
});
