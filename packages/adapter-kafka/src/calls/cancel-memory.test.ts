import { expect, test } from 'vitest';
import { createCancelMemory } from './cancel-memory.js';

test('recalls a cancel once', () => {
  const memory = createCancelMemory();
  memory.remember('a', 0);
  memory.remember('a', 1);
  expect([memory.recall('a'), memory.recall('a'), memory.recall('b')]).toEqual([true, false, false]);
});

test('keeps the latest ten thousand, whatever a flood of them is for', () => {
  const memory = createCancelMemory();
  for (let n = 0; n < 100_000; n++) memory.remember(`call ${n}`, 0);
  const kept = Array.from({ length: 100_000 }, (_, n) => memory.recall(`call ${n}`));
  expect([kept.indexOf(true), kept.filter(Boolean).length]).toEqual([90_000, 10_000]);
});

test('forgets what is a minute old', () => {
  const memory = createCancelMemory();
  memory.remember('old', 0);
  memory.remember('young', 30_000);
  memory.remember('new', 60_000);
  expect(['old', 'young', 'new'].map((key) => memory.recall(key))).toEqual([false, true, true]);
});
