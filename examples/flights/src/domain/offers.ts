/**
 * Which carriers fly from one airport to another, how long it takes and what they ask.
 * Owns: routes over a carrier's hub, flight times, fares; all from great-circle distances.
 * Must not know: clocks, randomness without a seed, tRPC, any transport.
 */
import type { Airport } from './airport.js';
import type { AirportDirectory } from './airport-directory.js';
import { type Carrier, carriers } from './carriers.js';
import { greatCircleKm } from './great-circle.js';
import { seededUnit, seededWhole } from './seeded.js';

/** What someone wants to fly. */
export interface OfferQuery {
  readonly from: Airport;
  readonly to: Airport;
  /** Any moment of the day of departure, in UTC. */
  readonly day: Date;
}

/** What one carrier offers for it. */
export interface Offer {
  readonly carrier: string;
  readonly carrierCode: string;
  /** Carrier code and number, such as `HV408`. */
  readonly flight: string;
  /** IATA codes from the origin to the destination. */
  readonly stops: readonly string[];
  readonly distanceKm: number;
  readonly departure: Date;
  readonly arrival: Date;
  readonly priceEur: number;
}

/** A way over a hub is offered only if it is at most this much longer than the direct one. */
const maxDetour = 1.5;
const minuteMs = 60_000;
const minutesPerLeg = 35;
const minutesPerChange = 85;
/** Kilometres beyond this are cheaper: most of a flight's cost is in going up and coming down. */
const shortHaulKm = 1_500;
const longHaulDiscount = 0.65;

/** The offers of all carriers that fly this route, in the order in which their systems answer. */
export function findOffers(
  directory: AirportDirectory,
  query: OfferQuery,
): { carrier: Carrier; offer: Offer }[] {
  return carriers
    .flatMap((carrier) => {
      const offer = offerOf(carrier, directory, query);
      return offer ? [{ carrier, offer }] : [];
    })
    .sort((a, b) => a.carrier.answersAfterMs - b.carrier.answersAfterMs);
}

/** What this carrier offers; nothing if it does not fly there. */
export function offerOf(carrier: Carrier, directory: AirportDirectory, query: OfferQuery): Offer | undefined {
  const route = routeOf(carrier, directory, query);
  if (!route) return undefined;
  const distanceKm = route.legs.reduce((sum, legKm) => sum + legKm, 0);
  const day = query.day.toISOString().slice(0, 10);
  const seed = `${carrier.code}/${route.stops.join('-')}/${day}`;
  const departure = departureOn(day, seed);
  const minutes =
    route.legs.length * minutesPerLeg +
    (route.legs.length - 1) * minutesPerChange +
    (distanceKm / carrier.cruiseKmh) * 60;
  return {
    carrier: carrier.name,
    carrierCode: carrier.code,
    flight: `${carrier.code}${seededWhole(`${carrier.code}/${route.stops.join('-')}`, 100, 899)}`,
    stops: route.stops,
    distanceKm: Math.round(distanceKm),
    departure,
    arrival: new Date(departure.getTime() + Math.round(minutes) * minuteMs),
    priceEur: priceEur(carrier, distanceKm, seed),
  };
}

function routeOf(
  carrier: Carrier,
  directory: AirportDirectory,
  query: OfferQuery,
): { stops: string[]; legs: number[] } | undefined {
  if (query.from.iata === query.to.iata) return undefined;
  const hub = carrier.hub === undefined ? undefined : directory.byCode(carrier.hub);
  const direct = carrier.hub === undefined || hub?.iata === query.from.iata || hub?.iata === query.to.iata;
  if (!direct && !hub) return undefined;
  const airports = direct || !hub ? [query.from, query.to] : [query.from, hub, query.to];
  const legs = airports.slice(1).map((airport, leg) => greatCircleKm(airports[leg] ?? query.from, airport));
  const distanceKm = legs.reduce((sum, legKm) => sum + legKm, 0);
  const tooFar = legs.some((legKm) => legKm > carrier.maxLegKm);
  if (tooFar || distanceKm > maxDetour * greatCircleKm(query.from, query.to)) return undefined;
  return { stops: airports.map((airport) => airport.iata), legs };
}

/** Between 06:00 and 22:55 UTC, in steps of five minutes. */
function departureOn(day: string, seed: string): Date {
  const start = Date.parse(`${day}T06:00:00Z`);
  return new Date(start + seededWhole(`${seed}/departure`, 0, 203) * 5 * minuteMs);
}

/** The further the cheaper by the kilometre; demand of the day moves it by -15 to +25 per cent. */
function priceEur(carrier: Carrier, distanceKm: number, seed: string): number {
  const shortKm = Math.min(distanceKm, shortHaulKm);
  const longKm = distanceKm - shortKm;
  const fare = carrier.baseEur + carrier.eurPerKm * (shortKm + longHaulDiscount * longKm);
  return Math.round(fare * (0.85 + 0.4 * seededUnit(`${seed}/demand`)));
}
