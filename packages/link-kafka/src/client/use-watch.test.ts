import { expect, test } from 'vitest';
import { createUseWatch } from './use-watch.js';

/** A watch whose clock is the test. */
function createHarness(closeMs: number) {
  const log: string[] = [];
  let nowMs = 0;
  let timer: { readonly atMs: number; readonly callback: () => void } | undefined;
  let armed = 0;
  const watch = createUseWatch({
    closeMs,
    onUsed: () => log.push('used'),
    onIdle: () => log.push('idle'),
    clock: {
      now: () => nowMs,
      setTimeout(callback, ms) {
        armed++;
        timer = { atMs: nowMs + ms, callback };
        return timer;
      },
      clearTimeout() {
        timer = undefined;
      },
    },
  });
  return {
    watch,
    log,
    armed: () => armed,
    isWaiting: () => timer !== undefined,
    pass: (ms: number): void => {
      nowMs += ms;
      if (timer === undefined || timer.atMs > nowMs) return;
      const { callback } = timer;
      timer = undefined;
      callback();
    },
  };
}

test('is idle when nothing has been under way for so long, and used again at the next use', () => {
  const { watch, log, pass } = createHarness(1000);
  watch.begin();
  pass(5000);
  watch.begin();
  watch.end();
  pass(5000);
  watch.end();
  pass(999);
  expect(log).toEqual(['used']);
  pass(1);
  expect(log).toEqual(['used', 'idle']);
  watch.begin();
  expect(log).toEqual(['used', 'idle', 'used']);
});

test('counts from the last use, with one timer for any number of them', () => {
  const { watch, log, pass, armed } = createHarness(1000);
  for (let i = 0; i < 100; i++) {
    watch.begin();
    watch.end();
    pass(9);
  }
  expect([armed(), log.at(-1)]).toEqual([1, 'used']);
  pass(100);
  expect([armed(), log.at(-1)]).toEqual([2, 'used']);
  pass(891);
  expect([armed(), log.at(-1)]).toEqual([2, 'idle']);
});

test('leaves no timer while it is used past its time, and none when it is stopped', () => {
  const { watch, log, pass, isWaiting } = createHarness(1000);
  watch.begin();
  watch.end();
  watch.begin();
  pass(1000);
  expect(isWaiting()).toBe(false);
  watch.end();
  expect(isWaiting()).toBe(true);
  watch.stop();
  expect(isWaiting()).toBe(false);
  watch.begin();
  watch.end();
  pass(1000);
  expect(log).toEqual(['used', 'used']);
});
