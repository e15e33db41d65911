/** Whether the work of a call stays the same where there are more partitions, and more server instances. */

import { createRandom, shuffled } from '../../../test/support/random.ts';
import { openStage } from '../comparison/stage.ts';
import type { DriverName } from '../contestants/drivers.ts';

/** What a service is spread over. */
export interface ScalingShape {
  readonly partitions: number;
  readonly servers: number;
}

/** Calls by the CPU time that client and servers used for them. */
export interface ScalingFigures extends ScalingShape {
  readonly round: number;
  readonly callsPerCpuSecond: number;
  readonly callsPerSecond: number;
}

/** The first is what the others are measured against. */
export const scalingShapes: readonly ScalingShape[] = [
  { partitions: 1, servers: 1 },
  { partitions: 12, servers: 1 },
  { partitions: 48, servers: 1 },
  { partitions: 12, servers: 3 },
];

const inFlight = 256;

/** Measures each shape once a round, in shuffled order. */
export async function measureScaling(options: {
  readonly brokers: readonly string[];
  readonly driver: DriverName;
  readonly rounds: number;
  readonly seed: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly onStep: (step: string) => void;
}): Promise<readonly ScalingFigures[]> {
  const { brokers, driver, durationMs, warmUpMs, onStep } = options;
  const random = createRandom(options.seed);
  const figures: ScalingFigures[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const shape of shuffled(random, scalingShapes)) {
      onStep(`scaling, round ${round + 1}: ${shape.partitions} partitions, ${shape.servers} servers`);
      await using stage = await openStage({ contestant: `kafkaLink on ${driver}`, brokers, ...shape });
      await stage.closedLoop({ inFlight, durationMs: warmUpMs });
      const load = await stage.closedLoop({ inFlight, durationMs });
      figures.push({
        ...shape,
        round,
        callsPerCpuSecond: (load.calls / (load.clientCpuMs + load.serverCpuMs)) * 1000,
        callsPerSecond: (load.calls / load.passedMs) * 1000,
      });
    }
  }
  return figures;
}
