/** Who is measured when: each once a round, in another order each time, so that what disturbs a while disturbs all alike. */
import { createRandom, shuffled } from '../../../test/support/random.ts';

/** One turn of one contestant. */
export interface Turn {
  readonly round: number;
  readonly contestant: string;
  /** The order of its loads: what is compiled for one helps the next. */
  readonly levels: readonly number[];
}

/** Makes the same turns of the same seed. */
export function createSchedule({
  contestants,
  levels,
  rounds,
  seed,
}: {
  readonly contestants: readonly string[];
  readonly levels: readonly number[];
  readonly rounds: number;
  readonly seed: number;
}): readonly Turn[] {
  const random = createRandom(seed);
  return Array.from({ length: rounds }, (_, round) =>
    shuffled(random, contestants).map((contestant) => ({
      round,
      contestant,
      levels: shuffled(random, levels),
    })),
  ).flat();
}
