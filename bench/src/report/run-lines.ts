/** Where and how a run was made: what one must know to compare its figures with those of another. */
import type { Results } from '../results/results.ts';

/** A fact a line. */
export function runLines({
  machine,
  brokers,
  date,
  seed,
  plan,
  isQuick,
  failed,
}: Results): readonly string[] {
  const { cores, processor, memoryGb, node, platform, loadBefore } = machine;
  return [
    `${date}, ${brokers}, Node ${node}, ${platform}, ${cores} cores of ${processor}, ${memoryGb} GB; load average before: ${loadBefore.toFixed(2)}`,
    `${plan.rounds === 1 ? 'one round' : `${plan.rounds} rounds`} in shuffled order, seed ${seed}${isQuick ? '; a quick run, whose figures are rough' : ''}; medians, [least–most] over the rounds`,
    ...failed.map(
      ({ contestant, round, failure }) => `${contestant} failed in round ${round + 1}: ${failure}`,
    ),
  ];
}
