import type { Position } from './airport.js';

/** Mean radius of the Earth (IUGG), in kilometres. */
const earthRadiusKm = 6371.0088;

const toRadians = (degrees: number): number => (degrees * Math.PI) / 180;

/**
 * Length of the shortest way over a spherical Earth, in kilometres.
 * The haversine form stays exact for neighbours, where the law of cosines loses its digits.
 */
export function greatCircleKm(from: Position, to: Position): number {
  const halfLatitude = toRadians(to.latitude - from.latitude) / 2;
  const halfLongitude = toRadians(to.longitude - from.longitude) / 2;
  const haversine =
    Math.sin(halfLatitude) ** 2 +
    Math.cos(toRadians(from.latitude)) * Math.cos(toRadians(to.latitude)) * Math.sin(halfLongitude) ** 2;
  // Rounding can lift the value of antipodes just above 1, where asin is not a number.
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(haversine)));
}
