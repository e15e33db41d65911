import { expect, test } from 'vitest';
import type { LevelFigures } from '../comparison/visit.ts';
import { judge } from './verdict.ts';

function burst(callsPerSecond: number, cpuUs: number, p50: number): readonly LevelFigures[] {
  return [1, 256].map((inFlight) => ({
    inFlight,
    callsPerSecond,
    latency: { p50, p99: p50, p999: p50 },
    clientCpuUs: cpuUs / 2,
    serverCpuUs: cpuUs / 2,
  }));
}
const raw = burst(20_000, 20, 1);

test('half as many calls for twice as much are in bounds', () => {
  const verdict = judge([{ raw, ours: burst(10_000, 40, 2) }]);
  expect(verdict.map(({ isMet, measured }) => [measured!.median, isMet])).toEqual([
    [0.5, true],
    [2, true],
    [2, true],
  ]);
});

test('each bound can be broken alone', () => {
  const broken = (ours: readonly LevelFigures[]) => judge([{ raw, ours }]).map(({ isMet }) => !isMet);
  expect(broken(burst(2000, 40, 2))).toEqual([true, false, false]);
  expect(broken(burst(10_000, 200, 2))).toEqual([false, true, false]);
  expect(broken(burst(10_000, 40, 10))).toEqual([false, false, true]);
});

test('one round that was disturbed decides nothing', () => {
  const fine = { raw, ours: burst(10_000, 40, 2) };
  const disturbed = { raw, ours: burst(100, 4000, 200) };
  expect(judge([fine, disturbed, fine]).every(({ isMet }) => isMet)).toBe(true);
});
