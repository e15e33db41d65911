/**
 * A look at whether calls have become much dearer than they have to be: ratios to a bare ping-pong over the same client,
 * taken in bursts that follow each other at once. What else the machine does meanwhile slows both.
 * Owns: when to look again. Must not know: the bounds, how a burst is measured.
 */
import { createRandom, shuffled } from '../../../test/support/random.ts';
import { openStage, type Stage } from '../comparison/stage.ts';
import { type LevelFigures, measureLevel } from '../comparison/visit.ts';
import type { Target } from '../results/target.ts';
import { type GuardRound, judge } from './verdict.ts';

/** Where it looks, and how long. */
export interface GuardOptions {
  readonly brokers: readonly string[];
  /** Bursts of each side; three times as many when a bound seems to be broken. @default 4 */
  readonly rounds?: number;
  readonly seed?: number;
  /** Told what is being done. */
  readonly onStep?: (step: string) => void;
}

const defaultRounds = 4;
const warmUpMs = 2000;
const burstMs = 400;
const levels = [1, 256] as const;

/** Judges; what broke a bound at first is looked at again, with more rounds. */
export async function guard(options: GuardOptions): Promise<readonly Target[]> {
  const { brokers, rounds = defaultRounds, seed = Date.now(), onStep = () => {} } = options;
  await using raw = await openStage({ contestant: 'raw kafkajs', brokers });
  await using ours = await openStage({ contestant: 'kafkaLink on kafkajs', brokers });
  const sides = { raw, ours };
  const random = createRandom(seed);
  onStep('warming up');
  for (const stage of [raw, ours]) await stage.closedLoop({ inFlight: 256, durationMs: warmUpMs });
  const measured: GuardRound[] = [];
  const measure = async (count: number): Promise<readonly Target[]> => {
    for (let n = 0; n < count; n++) {
      onStep(`round ${measured.length + 1}`);
      measured.push(await measureRound(sides, shuffled(random, ['raw', 'ours'])));
    }
    return judge(measured);
  };
  const verdict = await measure(rounds);
  return verdict.every(({ isMet }) => isMet) ? verdict : await measure(2 * rounds);
}

async function measureRound(
  sides: Readonly<Record<keyof GuardRound, Stage>>,
  order: readonly (keyof GuardRound)[],
): Promise<GuardRound> {
  const round: Record<keyof GuardRound, LevelFigures[]> = { raw: [], ours: [] };
  for (const inFlight of levels) {
    for (const side of order) round[side].push(await measureLevel(sides[side], inFlight, burstMs));
  }
  return round;
}
