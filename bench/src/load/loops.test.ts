import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { itemText } from '../contestants/stream-items.ts';
import { callInClosedLoop } from './closed-loop.ts';
import { createEchoCall } from './echo-call.ts';
import { callInOpenLoop } from './open-loop.ts';
import { readStreams } from './stream-loop.ts';

test('a closed loop never has more calls in flight than it was told, and counts each', async () => {
  let inFlight = 0;
  let most = 0;
  let made = 0;
  const outcome = await callInClosedLoop(
    async () => {
      made++;
      most = Math.max(most, ++inFlight);
      await nextTurn();
      inFlight--;
    },
    { inFlight: 7, durationMs: 30 },
  );
  expect(most).toBe(7);
  expect(outcome.calls).toBe(made);
  expect(inFlight).toBe(0);
});

test('an open loop makes all calls that are due, though none is answered before the last is made', async () => {
  const waiting: (() => void)[] = [];
  const outcome = await callInOpenLoop(
    () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 50) for (const answer of waiting) answer();
      }),
    { perSecond: 1000, durationMs: 50 },
  );
  expect(outcome.calls).toBe(50);
});

test('the clock of a call starts when it is due: who holds up the process has held up the calls', async () => {
  let calls = 0;
  const outcome = await callInOpenLoop(
    async () => {
      calls++;
      if (calls > 1) return;
      const until = performance.now() + 100;
      while (performance.now() < until);
    },
    { perSecond: 1000, durationMs: 100 },
  );
  // Nearly all calls were due while the first held everything up, and took no time by themselves.
  expect(outcome.latency.p50).toBeGreaterThan(20);
});

test('an echo that is not what was sent fails the call', async () => {
  await expect(createEchoCall({ call: async (text) => text })()).resolves.toBeUndefined();
  await expect(createEchoCall({ call: async () => 'another' })()).rejects.toThrow('is "another"');
});

test('a stream that lacks an item, or has them in another order, fails the run', async () => {
  const read = (numbers: readonly number[]) =>
    readStreams(
      {
        call: async (text) => text,
        close: async () => {},
        async stream(_count, onItem) {
          for (const n of numbers) onItem(itemText(n));
        },
      },
      { streams: 1, items: 3, durationMs: 1 },
    );
  expect((await read([0, 1, 2])).items % 3).toBe(0);
  await expect(read([0, 1])).rejects.toThrow('2 of 3 items');
  await expect(read([0, 2, 1])).rejects.toThrow('item 1');
});
