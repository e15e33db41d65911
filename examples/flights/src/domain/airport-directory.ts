import type { Airport, Position } from './airport.js';
import { greatCircleKm } from './great-circle.js';

/** An airport and how far it is from where one asked. */
export interface Neighbour {
  readonly airport: Airport;
  readonly distanceKm: number;
}

/** Finds airports by code and by place. */
export interface AirportDirectory {
  readonly size: number;
  byCode(iata: string): Airport | undefined;
  /** The nearest airports, nearest first. */
  nearest(from: Position, limit: number): Neighbour[];
}

/** Builds a directory; of airports with the same code the first one counts. */
export function createAirportDirectory(airports: Iterable<Airport>): AirportDirectory {
  const byCode = new Map<string, Airport>();
  for (const airport of airports) {
    if (!byCode.has(airport.iata)) byCode.set(airport.iata, airport);
  }
  return {
    size: byCode.size,
    byCode: (iata) => byCode.get(iata),
    nearest: (from, limit) => nearest(byCode.values(), from, limit),
  };
}

/** Keeps only the best `limit` while it looks at each airport once: six thousand need no sorting for five. */
function nearest(airports: Iterable<Airport>, from: Position, limit: number): Neighbour[] {
  const best: Neighbour[] = [];
  for (const airport of airports) {
    const distanceKm = greatCircleKm(from, airport);
    if (best.length === limit && distanceKm >= (best.at(-1)?.distanceKm ?? 0)) continue;
    const at = best.findIndex((other) => other.distanceKm > distanceKm);
    best.splice(at === -1 ? best.length : at, 0, { airport, distanceKm });
    best.length = Math.min(best.length, limit);
  }
  return best;
}
