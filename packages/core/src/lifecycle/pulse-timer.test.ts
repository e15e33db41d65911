import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PassedTime } from '../stream/pulse.js';
import { createPulseTimer } from './pulse-timer.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createHarness() {
  const beats: PassedTime[] = [];
  const reading = { caughtUp: true };
  const timer = createPulseTimer({
    isCaughtUp: () => reading.caughtUp,
    onBeat: (passed) => void beats.push(passed),
  });
  return { beats, reading, timer };
}

test('does not run before there is a pulse, nor after the last one', () => {
  const { beats, timer } = createHarness();
  vi.advanceTimersByTime(10_000);
  timer.run(1000);
  vi.advanceTimersByTime(200);
  timer.stop();
  vi.advanceTimersByTime(10_000);
  expect(beats).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test('is as fast as the shortest lease needs, and no faster than once a second for long ones', () => {
  const { beats, timer } = createHarness();
  timer.run(60_000);
  vi.advanceTimersByTime(3000);
  expect(beats).toEqual(Array.from({ length: 3 }, () => ({ ms: 1000, silentMs: 1000 })));
  timer.run(2000);
  timer.run(60_000);
  vi.advanceTimersByTime(200);
  expect(beats.slice(3)).toEqual([{ ms: 200, silentMs: 200 }]);
});

test('nothing counts as silence while not all was read', () => {
  const { beats, reading, timer } = createHarness();
  timer.run(1000);
  reading.caughtUp = false;
  vi.advanceTimersByTime(100);
  expect(beats).toEqual([{ ms: 100, silentMs: 0 }]);
});

test('a process that was stopped counts one beat of it', () => {
  const { beats, timer } = createHarness();
  timer.run(1000);
  vi.setSystemTime(Date.now() + 30_000);
  vi.advanceTimersByTime(100);
  expect(beats).toEqual([{ ms: 30_100, silentMs: 100 }]);
});
