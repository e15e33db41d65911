/** Whether calls cost much more than a bare ping-pong did in the same rounds. Pure. */
import type { LevelFigures } from '../comparison/visit.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import { createTarget, type Target } from '../results/target.ts';

/** Bursts of both sides, each with one call in flight and with 256. */
export interface GuardRound {
  readonly raw: readonly LevelFigures[];
  readonly ours: readonly LevelFigures[];
}

/** Bounds that only a collapse breaks: a tenth more or less is not for a shared machine to tell. */
const bounds = { callsPerSecond: 0.2, cpu: 6, p50: 4 } as const;

/** Judges by the medians of all rounds. */
export function judge(rounds: readonly GuardRound[]): readonly Target[] {
  const ratios = (inFlight: number, figure: (level: LevelFigures) => number): Spread | undefined =>
    spreadOf(rounds.map(({ raw, ours }) => figure(at(ours, inFlight)) / figure(at(raw, inFlight))));
  const cpuUs = ({ clientCpuUs, serverCpuUs }: LevelFigures): number => clientCpuUs + serverCpuUs;
  const unit = '× raw kafkajs';
  return [
    createTarget({
      what: 'calls/s, 256 in flight',
      unit,
      atLeast: bounds.callsPerSecond,
      measured: ratios(256, ({ callsPerSecond }) => callsPerSecond),
    }),
    createTarget({
      what: 'CPU of a call, 256 in flight',
      unit,
      atMost: bounds.cpu,
      measured: ratios(256, cpuUs),
    }),
    createTarget({
      what: 'p50, one in flight',
      unit,
      atMost: bounds.p50,
      measured: ratios(1, ({ latency }) => latency.p50),
    }),
  ];
}

function at(figures: readonly LevelFigures[], inFlight: number): LevelFigures {
  return figures.find((level) => level.inFlight === inFlight)!;
}
