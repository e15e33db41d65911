import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createMicroBatches } from './micro-batches.ts';

test('values of a turn are one batch, those that come while two are under way wait for one to land', async () => {
  const batches: string[] = [];
  const land: (() => void)[] = [];
  const micro = createMicroBatches({
    maxRecords: 3,
    maxInFlight: 2,
    write(values) {
      batches.push(values.join(''));
      return new Promise<void>((resolve) => land.push(resolve));
    },
  });
  const add = (text: string): void => {
    for (const letter of text) micro.add(Buffer.from(letter));
  };
  add('ab');
  await nextTurn();
  add('c');
  await nextTurn();
  add('defgh');
  await nextTurn();
  expect(batches).toEqual(['ab', 'c']);
  land[0]!();
  await nextTurn();
  await nextTurn();
  expect(batches).toEqual(['ab', 'c', 'def']);
  land[1]!();
  await nextTurn();
  await nextTurn();
  expect(batches).toEqual(['ab', 'c', 'def', 'gh']);

  let isDrained = false;
  const drained = micro.drain().then(() => {
    isDrained = true;
  });
  land[2]!();
  await nextTurn();
  expect(isDrained).toBe(false);
  land[3]!();
  await drained;
});

test('what was added is drained when it is written, and not before', async () => {
  const land: (() => void)[] = [];
  const batches = createMicroBatches({
    maxRecords: 1,
    maxInFlight: 1,
    write: () => new Promise<void>((resolve) => land.push(resolve)),
  });
  await batches.drain();
  batches.add(Buffer.from('a'));
  batches.add(Buffer.from('b'));
  let isDrained = false;
  const draining = batches.drain().then(() => {
    isDrained = true;
  });
  await nextTurn();
  land[0]!();
  await nextTurn();
  await nextTurn();
  expect([land.length, isDrained]).toEqual([2, false]);
  land[1]!();
  await draining;
});
