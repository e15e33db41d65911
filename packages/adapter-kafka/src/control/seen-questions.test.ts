import { expect, test } from 'vitest';
import { createSeenQuestions } from './seen-questions.js';

test('a question is new once, until its time is over', () => {
  const seen = createSeenQuestions();
  expect([seen.add('a', 100, 0), seen.add('a', 100, 50), seen.has('a')]).toEqual([true, false, true]);
  expect(seen.add('b', 300, 150)).toBe(true);
  expect([seen.has('a'), seen.has('b')]).toEqual([false, true]);
});

test('so many are remembered, the last ones', () => {
  const seen = createSeenQuestions();
  for (let n = 0; n < 10_005; n++) seen.add(String(n), 1000, 0);
  expect([seen.has('4'), seen.has('5'), seen.has('10004')]).toEqual([false, true, true]);
});
