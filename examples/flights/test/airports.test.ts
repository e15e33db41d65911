import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAirportDirectory } from '../src/domain/airport-directory.js';
import { greatCircleKm } from '../src/domain/great-circle.js';
import { cleanAirports, readOpenFlights } from '../src/domain/open-flights.js';

const cleaned = readOpenFlights();
const directory = createAirportDirectory(cleaned.airports);

const row = {
  id: 340,
  name: ' Frankfurt am Main Airport ',
  city: 'Frankfurt',
  country: 'Germany',
  iata: 'FRA',
  latitude: 50.033333,
  longitude: 8.570556,
  altitude: 364,
  tz: 'Europe/Berlin',
  type: 'airport',
};

describe('the airports of OpenFlights', () => {
  it('are more than six thousand, each with its own code', () => {
    expect(directory.size).toBeGreaterThan(6_000);
    expect(directory.size).toBe(cleaned.airports.length);
    expect(cleaned.withoutCode).toBe(1_626);
  });

  it('leave out the one row whose code is none, and say why', () => {
    expect(cleaned.refused).toHaveLength(1);
    expect(cleaned.refused[0]?.reason).toContain('three capital letters');
  });

  it('hold what one knows about Frankfurt', () => {
    expect(directory.byCode('FRA')).toEqual({
      iata: 'FRA',
      name: 'Frankfurt am Main Airport',
      city: 'Frankfurt',
      country: 'Germany',
      latitude: 50.033333,
      longitude: 8.570556,
      altitudeFeet: 364,
      timeZone: 'Europe/Berlin',
    });
  });
});

describe('cleanAirports', () => {
  it('trims, and takes the name where no city is known', () => {
    const { airports } = cleanAirports([{ ...row, city: '', tz: undefined }]);
    expect(airports[0]).toMatchObject({
      name: 'Frankfurt am Main Airport',
      city: 'Frankfurt am Main Airport',
      timeZone: undefined,
    });
  });

  it.each([
    ['a latitude beyond the pole', { latitude: 91 }],
    ['a longitude that is no number', { longitude: Number.NaN }],
    ['a code in small letters', { iata: 'fra' }],
    ['a name of blanks', { name: '  ' }],
    ['a railway station', { type: 'station' }],
  ])('refuses %s and keeps the rest', (_what, fault) => {
    const result = cleanAirports([{ ...row, ...fault }, row]);
    expect(result.airports.map(({ iata }) => iata)).toEqual(['FRA']);
    expect(result.refused.map((refused) => refused.row)).toEqual([0]);
  });

  it('counts rows without a code, whatever they are', () => {
    expect(cleanAirports([{ ...row, iata: '' }, { ...row, iata: undefined }, null, 7]).withoutCode).toBe(4);
  });
});

describe('nearest', () => {
  it('finds for any place what sorting all airports would find', () => {
    const place = fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 9 }), (from, limit) => {
        const sorted = cleaned.airports.map((airport) => greatCircleKm(from, airport)).sort((a, b) => a - b);
        const found = directory.nearest(from, limit);
        expect(found.map(({ distanceKm }) => distanceKm)).toEqual(sorted.slice(0, limit));
        expect(found.every(({ airport, distanceKm }) => greatCircleKm(from, airport) === distanceKm)).toBe(
          true,
        );
      }),
      { numRuns: 20 },
    );
  });

  it('of two airports with the same code knows the first', () => {
    const [frankfurt] = cleanAirports([row]).airports;
    if (!frankfurt) throw new Error('the row must be usable');
    const twice = createAirportDirectory([frankfurt, { ...frankfurt, name: 'Another' }]);
    expect(twice.size).toBe(1);
    expect(twice.byCode('FRA')?.name).toBe('Frankfurt am Main Airport');
  });
});
