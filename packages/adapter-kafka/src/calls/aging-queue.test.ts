import { expect, test } from 'vitest';
import { createAgingQueue } from './aging-queue.js';

interface Entry {
  readonly name: number;
  isDropped: boolean;
}

function createQueueOf(count: number) {
  const queue = createAgingQueue<Entry>((entry) => entry.isDropped);
  const entries = Array.from({ length: count }, (_, name): Entry => ({ name, isDropped: false }));
  for (const entry of entries) queue.push(entry);
  return { queue, entries };
}

test('hands out the oldest until it is dropped, and passes over those that were dropped before their turn', () => {
  const { queue, entries } = createQueueOf(4);
  for (const name of [2, 0]) entries[name]!.isDropped = true;
  expect([queue.oldest()?.name, queue.oldest()?.name]).toEqual([1, 1]);
  entries[1]!.isDropped = true;
  expect(queue.oldest()?.name).toBe(3);
  entries[3]!.isDropped = true;
  expect(queue.oldest()).toBeUndefined();
});

test('keeps its order while places of dropped entries are given up', () => {
  const { queue, entries } = createQueueOf(10_000);
  for (const entry of entries) entry.isDropped = entry.name % 100 !== 50;
  for (let name = 0; name < 10_000; name++) queue.push({ name: 10_000 + name, isDropped: name % 100 !== 50 });
  const names: number[] = [];
  for (let entry = queue.oldest(); entry !== undefined; entry = queue.oldest()) {
    names.push(entry.name);
    entry.isDropped = true;
  }
  expect(names).toEqual(Array.from({ length: 200 }, (_, n) => n * 100 + 50));
});

test('an entry that stays does not keep alive those that were dropped behind it', () => {
  const looks = { count: 0 };
  const queue = createAgingQueue<Entry>((entry) => {
    looks.count++;
    return entry.isDropped;
  });
  queue.push({ name: 0, isDropped: false });
  for (let name = 1; name <= 1_000_000; name++) queue.push({ name, isDropped: true });
  expect(queue.oldest()?.name).toBe(0);
  // Each is looked at about once, when places are given up: were they kept, each such time would look at all before.
  expect(looks.count).toBeLessThan(2_000_000);
});
