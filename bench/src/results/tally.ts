/** Looks samples up in what was measured. Pure: the same figures of the same visits. */
import type { VisitFigures } from '../comparison/visit.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';

/** One figure of a visit; `undefined` where it was not measured. */
export type Figure = (visit: VisitFigures) => number | undefined;

/** Of calls, at so many in flight. */
export const callsPerSecondAt =
  (inFlight: number): Figure =>
  (visit) =>
    levelOf(visit, inFlight)?.callsPerSecond;

export const latencyAt =
  (inFlight: number, percentile: 'p50' | 'p99' | 'p999'): Figure =>
  (visit) =>
    levelOf(visit, inFlight)?.latency[percentile];

/** Of client and server together, or of one of them. */
export const cpuUsAt =
  (inFlight: number, side: 'client' | 'server' | 'both' = 'both'): Figure =>
  (visit) => {
    const level = levelOf(visit, inFlight);
    if (level === undefined) return undefined;
    if (side === 'both') return level.clientCpuUs + level.serverCpuUs;
    return side === 'client' ? level.clientCpuUs : level.serverCpuUs;
  };

/** In the open loop of that rate. */
export const openLoopOf =
  (rate: 'half' | 'common', figure: 'perSecond' | 'p50' | 'p99' | 'p999'): Figure =>
  (visit) => {
    const loop = visit.openLoops.find((each) => each.rate === rate);
    return figure === 'perSecond' ? loop?.perSecond : loop?.latency[figure];
  };

/** With so many streams open. */
export const itemsPerSecondOf =
  (streams: number): Figure =>
  (visit) =>
    visit.streams.find((each) => each.streams === streams)?.itemsPerSecond;

/** Of client and server together, for an item. */
export const itemCpuUsOf =
  (streams: number): Figure =>
  (visit) => {
    const found = visit.streams.find((each) => each.streams === streams);
    return found === undefined ? undefined : found.clientCpuUs + found.serverCpuUs;
  };

/** What can be asked about visits. */
export interface Tally {
  /** Over the rounds; `undefined` where nothing was measured. */
  spread(contestant: string, figure: Figure): Spread | undefined;
  /**
   * One contestant's figure divided by the other's of the same round, over the rounds: what disturbed the machine for
   * a while has then disturbed both.
   */
  ratio(contestant: string, other: string, figure: Figure): Spread | undefined;
  /** One figure divided by another of the same visit. */
  quotient(contestant: string, figure: Figure, by: Figure): Spread | undefined;
}

/** Over these visits. */
export function createTally(visits: readonly VisitFigures[]): Tally {
  const visitsOf = (contestant: string): VisitFigures[] =>
    visits.filter((visit) => visit.contestant === contestant);
  const spreadOver = (contestant: string, figure: Figure): Spread | undefined =>
    spreadOf(visitsOf(contestant).flatMap((visit) => figure(visit) ?? []));

  return {
    spread: spreadOver,
    ratio(contestant, other, figure) {
      const others = new Map(visitsOf(other).map((visit) => [visit.round, figure(visit)]));
      return spreadOver(contestant, (visit) => divide(figure(visit), others.get(visit.round)));
    },
    quotient: (contestant, figure, by) => spreadOver(contestant, (visit) => divide(figure(visit), by(visit))),
  };
}

function divide(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined || by === 0 ? undefined : value / by;
}

function levelOf(visit: VisitFigures, inFlight: number) {
  return visit.levels.find((level) => level.inFlight === inFlight);
}
