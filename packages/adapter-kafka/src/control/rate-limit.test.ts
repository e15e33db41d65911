import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.js';

test('so many at once, then as many as time brings, and never more than a second brings', () => {
  let nowMs = 1000;
  const limit = createRateLimit(10, () => nowMs);
  const takeAll = (): number => {
    let taken = 0;
    while (limit.take()) taken++;
    return taken;
  };
  expect(takeAll()).toBe(10);
  nowMs += 99;
  expect(takeAll()).toBe(0);
  nowMs += 1;
  expect(takeAll()).toBe(1);
  nowMs += 3_600_000;
  expect(takeAll()).toBe(10);
  nowMs -= 5000;
  expect(takeAll()).toBe(0);
  nowMs += 500;
  expect(takeAll()).toBe(5);
});
