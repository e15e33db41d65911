/** All that a run found out, as it is kept (JSON) and reported. */
import type { Comparison } from '../comparison/comparison.ts';
import type { Plan } from '../comparison/plan.ts';
import type { DriverName } from '../contestants/drivers.ts';
import type { IdleFigures } from '../idle/idle-benchmark.ts';
import type { HeldCallFigures } from '../measures/held-calls.ts';
import type { ProfileFigures } from '../measures/profiles.ts';
import type { ScalingFigures } from '../measures/scaling.ts';
import type { StartTimes } from '../processes/starting-client.ts';
import type { StreamFigures as OpenStreamFigures } from '../streams/stream-benchmark.ts';
import type { MachineFacts } from './machine-facts.ts';

/** What is measured beside calls; a run may leave some out. */
export interface SideMeasures {
  readonly start?: readonly StartTimes[];
  readonly idle?: IdleFigures;
  readonly heldCalls?: HeldCallFigures;
  readonly openStreams?: Pick<OpenStreamFigures, 'serverBytes' | 'clientBytes'>;
  readonly scaling?: readonly ScalingFigures[];
  readonly profiles?: readonly ProfileFigures[];
}

/** The names by which `--measures` takes them, and `calls` for the comparison itself. */
export const measureNames = [
  'calls',
  'start',
  'idle',
  'heldCalls',
  'openStreams',
  'scaling',
  'profiles',
] as const;

/** One of them. */
export type MeasureName = (typeof measureNames)[number];

/** A run. */
export interface Results extends Comparison, SideMeasures {
  readonly machine: MachineFacts;
  /** What the brokers are. */
  readonly brokers: string;
  /** Day of the run, `2026-01-31`. */
  readonly date: string;
  readonly seed: number;
  readonly plan: Plan;
  readonly isQuick: boolean;
  /** What the measures beside calls were taken on. */
  readonly driver: DriverName;
}
