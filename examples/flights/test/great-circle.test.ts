import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greatCircleKm } from '../src/domain/great-circle.js';

const frankfurt = { latitude: 50.033333, longitude: 8.570556 };
const singapore = { latitude: 1.35019, longitude: 103.994003 };
const halfAround = Math.PI * 6371.0088;

const position = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('greatCircleKm', () => {
  it('makes it about 10 280 km from Frankfurt to Singapore', () => {
    expect(Math.abs(greatCircleKm(frankfurt, singapore) - 10_279)).toBeLessThan(10);
  });

  it('takes the short way across the date line', () => {
    const km = greatCircleKm({ latitude: 0, longitude: 179.5 }, { latitude: 0, longitude: -179.5 });
    expect(km).toBeCloseTo(halfAround / 180, 6);
  });

  it('is a number for antipodes and poles', () => {
    expect(greatCircleKm({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 })).toBeCloseTo(
      halfAround,
      6,
    );
    expect(
      greatCircleKm({ latitude: 12.5, longitude: 20 }, { latitude: -12.5, longitude: -160 }),
    ).toBeCloseTo(halfAround, 3);
  });

  it('is a metric: symmetric, zero to itself, never longer than half around, no shortcut over a third point', () => {
    fc.assert(
      fc.property(position, position, position, (a, b, c) => {
        const km = greatCircleKm(a, b);
        expect(greatCircleKm(b, a)).toBeCloseTo(km, 6);
        expect(greatCircleKm(a, a)).toBe(0);
        expect(km).toBeLessThanOrEqual(halfAround + 1e-9);
        expect(km).toBeLessThanOrEqual(greatCircleKm(a, c) + greatCircleKm(c, b) + 1e-3);
      }),
    );
  });
});
