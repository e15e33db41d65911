/** All turns, one after the other: nothing runs beside the one that is measured. */
import { findContestant } from '../contestants/index.ts';
import type { Plan } from './plan.ts';
import { createSchedule } from './schedule.ts';
import { type VisitFigures, visit } from './visit.ts';

/** Who is compared, and how. */
export interface ComparisonOptions {
  readonly contestants: readonly string[];
  readonly brokers: readonly string[];
  readonly plan: Plan;
  readonly seed: number;
  /** Told what is being done. */
  readonly onStep: (step: string) => void;
}

/** A turn that came to nothing. */
export interface FailedVisit {
  readonly round: number;
  readonly contestant: string;
  readonly failure: string;
}

/** What came of all turns. */
export interface Comparison {
  readonly visits: readonly VisitFigures[];
  readonly failed: readonly FailedVisit[];
}

/** Measures. A contestant that fails is left out of that round, and told. */
export async function compare(options: ComparisonOptions): Promise<Comparison> {
  const { brokers, plan, onStep } = options;
  const visits: VisitFigures[] = [];
  const failed: FailedVisit[] = [];
  const turns = createSchedule({ ...options, levels: plan.levels, rounds: plan.rounds });
  for (const [index, turn] of turns.entries()) {
    const { round, contestant } = turn;
    onStep(`${index + 1}/${turns.length}, round ${round + 1}: ${contestant}`);
    try {
      visits.push(await visit(turn, { brokers, plan, streams: findContestant(contestant).streams === true }));
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      onStep(`${contestant} failed: ${failure}`);
      failed.push({ round, contestant, failure: failure.split('\n', 1)[0]! });
    }
  }
  return { visits, failed };
}
