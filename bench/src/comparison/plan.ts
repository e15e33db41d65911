/** How much is measured, for how long: a run to look at, and a run to publish. */

/** A plan. */
export interface Plan {
  readonly rounds: number;
  /** Calls in flight, of each closed loop. */
  readonly levels: readonly number[];
  readonly warmUpMs: number;
  readonly levelMs: number;
  readonly openLoopMs: number;
  /** The rate that all have in common, beside half of each one's peak; 0 leaves it out. */
  readonly commonRate: number;
  readonly streamsMs: number;
  /** Client processes that are started anew and timed. */
  readonly starts: number;
  readonly idleRounds: number;
  readonly idleMs: number;
  readonly heldCalls: number;
  readonly openStreams: number;
  readonly scalingRounds: number;
  readonly scalingMs: number;
}

/** A quarter of an hour. */
export const fullPlan: Plan = {
  rounds: 3,
  levels: [1, 16, 64, 256, 1024],
  warmUpMs: 2500,
  levelMs: 1500,
  openLoopMs: 1500,
  commonRate: 1000,
  streamsMs: 1500,
  starts: 9,
  idleRounds: 3,
  idleMs: 10_000,
  heldCalls: 2000,
  openStreams: 10_000,
  scalingRounds: 3,
  scalingMs: 1500,
};

/** Three minutes. */
export const quickPlan: Plan = {
  rounds: 2,
  levels: [1, 64, 256, 1024],
  warmUpMs: 700,
  levelMs: 400,
  openLoopMs: 500,
  commonRate: 0,
  streamsMs: 300,
  starts: 3,
  idleRounds: 2,
  idleMs: 2000,
  heldCalls: 2000,
  openStreams: 2000,
  scalingRounds: 1,
  scalingMs: 700,
};
