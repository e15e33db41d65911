import { describe, expect, it } from 'vitest';
import type { Airport } from '../src/domain/airport.js';
import { createAirportDirectory } from '../src/domain/airport-directory.js';
import { carriers } from '../src/domain/carriers.js';
import { greatCircleKm } from '../src/domain/great-circle.js';
import { findOffers } from '../src/domain/offers.js';
import { readOpenFlights } from '../src/domain/open-flights.js';
import { seededUnit, seededWhole } from '../src/domain/seeded.js';

const directory = createAirportDirectory(readOpenFlights().airports);
const day = new Date('2027-03-14T12:00:00Z');

function airport(iata: string): Airport {
  const found = directory.byCode(iata);
  if (!found) throw new Error(`${iata} must be in the data set`);
  return found;
}

const offersFor = (from: string, to: string) =>
  findOffers(directory, { from: airport(from), to: airport(to), day }).map(({ offer }) => offer);

const lengthOf = (stops: readonly string[]): number =>
  stops.slice(1).reduce((sum, stop, leg) => sum + greatCircleKm(airport(stops[leg] ?? ''), airport(stop)), 0);

describe('findOffers', () => {
  it('offers Frankfurt to Singapore non-stop from both ends and over five hubs, each as long as its legs', () => {
    const offers = offersFor('FRA', 'SIN');
    expect(offers.map(({ stops }) => stops.join('-'))).toEqual([
      'FRA-SIN',
      'FRA-IST-SIN',
      'FRA-SIN',
      'FRA-DXB-SIN',
      'FRA-HEL-SIN',
      'FRA-DEL-SIN',
      'FRA-BKK-SIN',
    ]);
    for (const offer of offers) expect(offer.distanceKm).toBe(Math.round(lengthOf(offer.stops)));
  });

  it('comes in the order in which the carriers answer', () => {
    const waits = findOffers(directory, { from: airport('LHR'), to: airport('BKK'), day }).map(
      ({ carrier }) => carrier.answersAfterMs,
    );
    expect(waits.length).toBeGreaterThan(3);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });

  it('is the same for the same day and another on another day', () => {
    expect(offersFor('FRA', 'SIN')).toEqual(offersFor('FRA', 'SIN'));
    const nextDay = findOffers(directory, {
      from: airport('FRA'),
      to: airport('SIN'),
      day: new Date('2027-03-15T00:00:00Z'),
    });
    expect(nextDay.map(({ offer }) => offer.priceEur)).not.toEqual(
      offersFor('FRA', 'SIN').map((o) => o.priceEur),
    );
  });

  it('leaves and lands on time: on the day asked for, after as long as the distance takes', () => {
    for (const offer of offersFor('FRA', 'JFK')) {
      expect(offer.departure.toISOString().slice(0, 10)).toBe('2027-03-14');
      const hours = (offer.arrival.getTime() - offer.departure.getTime()) / 3_600_000;
      expect(hours).toBeGreaterThan(offer.distanceKm / 900);
      expect(hours).toBeLessThan(offer.distanceKm / 800 + 3);
    }
  });

  it('has no offer to where one is, nor over a hub on the other side of the world', () => {
    expect(offersFor('FRA', 'FRA')).toEqual([]);
    expect(offersFor('FRA', 'ZRH').map(({ stops }) => stops.join('-'))).toEqual(['FRA-ZRH', 'FRA-ZRH']);
  });

  it('sends nobody further in one go than the aircraft flies', () => {
    const pairs = [
      ['SYD', 'LHR'],
      ['JFK', 'SIN'],
      ['GRU', 'NRT'],
      ['KEF', 'LIS'],
    ] as const;
    for (const [from, to] of pairs) {
      for (const offer of offersFor(from, to)) {
        const carrier = carriers.find(({ code }) => code === offer.carrierCode);
        const legs = offer.stops.slice(1).map((stop, leg) => lengthOf([offer.stops[leg] ?? '', stop]));
        expect(Math.max(...legs)).toBeLessThanOrEqual(carrier?.maxLegKm ?? 0);
      }
    }
  });

  it('asks more for further, and keeps every fare within reach of its kilometres', () => {
    const near = offersFor('FRA', 'ZRH').map(({ priceEur }) => priceEur);
    const far = offersFor('FRA', 'SIN').map(({ priceEur }) => priceEur);
    expect(Math.max(...near)).toBeLessThan(Math.min(...far));
    for (const offer of offersFor('FRA', 'SIN')) {
      expect(offer.priceEur / offer.distanceKm).toBeGreaterThan(0.025);
      expect(offer.priceEur / offer.distanceKm).toBeLessThan(0.12);
    }
  });
});

describe('seeded numbers', () => {
  it('depend on the seed alone and fill their range evenly', () => {
    expect(seededUnit('FRA')).toBe(seededUnit('FRA'));
    const counts = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 10_000; n += 1) counts[seededWhole(`seed/${n}`, 0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
