import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Offer } from '../src/domain/offers.js';
import { appRouter } from '../src/router.js';
import { testContext } from './support/flights-server.js';

const day = new Date('2027-03-14T12:00:00Z');

async function server() {
  const test = await testContext();
  return { ...test, call: appRouter.createCaller(test.context) };
}

type Caller = Awaited<ReturnType<typeof server>>['call'];

async function firstOffer(call: Caller): Promise<Offer> {
  for await (const offer of await call.offers.search({
    searchId: randomUUID(),
    from: 'FRA',
    to: 'SIN',
    day,
  })) {
    return offer;
  }
  throw new Error('there must be an offer');
}

describe('airports', () => {
  it('are found by code, or NOT_FOUND', async () => {
    await using flights = await server();
    expect(await flights.call.airports.byCode({ iata: 'SIN' })).toMatchObject({ country: 'Singapore' });
    await expect(flights.call.airports.byCode({ iata: 'QQQ' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuse what is no code and what is no place', async () => {
    await using flights = await server();
    await expect(flights.call.airports.byCode({ iata: 'sin' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
    const beyond = { latitude: 0, longitude: 181 };
    await expect(flights.call.airports.nearest(beyond)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('are found by place', async () => {
    await using flights = await server();
    const found = await flights.call.airports.nearest({ latitude: 47.05, longitude: 8.31, limit: 3 });
    expect(found.map(({ airport }) => airport.iata)).toEqual(['EML', 'BXO', 'ZRH']);
  });
});

describe('offers.search', () => {
  it('sends one offer a carrier and notes that all were sent', async () => {
    await using flights = await server();
    const searchId = randomUUID();
    const offers: Offer[] = [];
    for await (const offer of await flights.call.offers.search({ searchId, from: 'FRA', to: 'SIN', day })) {
      offers.push(offer);
    }
    expect(new Set(offers.map(({ carrier }) => carrier)).size).toBe(7);
    expect(await flights.call.offers.ended({ searchId })).toMatchObject({
      sent: 7,
      found: 7,
      servedBy: 'test-1',
    });
    expect(flights.lines).toEqual(['offers FRA to SIN: all sent after 7 of 7']);
  });

  it('notes that the client left when it stops reading', async () => {
    await using flights = await server();
    const searchId = randomUUID();
    for await (const _ of await flights.call.offers.search({ searchId, from: 'FRA', to: 'SIN', day })) break;
    expect(await flights.call.offers.ended({ searchId })).toMatchObject({ sent: 1, found: 7 });
    expect(flights.lines).toEqual(['offers FRA to SIN: the client left after 1 of 7']);
  });

  it('gives up a carrier that has not answered when the client leaves', async () => {
    await using flights = await server();
    const leaving = new AbortController();
    const call = appRouter.createCaller(flights.context, { signal: leaving.signal });
    const searchId = randomUUID();
    const offers = await call.offers.search({ searchId, from: 'FRA', to: 'SIN', day });
    const first = offers[Symbol.asyncIterator]().next();
    leaving.abort();
    await expect(first).rejects.toThrow('aborted');
    expect(await flights.call.offers.ended({ searchId })).toMatchObject({ sent: 0, found: 7 });
  });

  it('knows no airport that is none', async () => {
    await using flights = await server();
    const offers = await flights.call.offers.search({ searchId: randomUUID(), from: 'FRA', to: 'QQQ', day });
    await expect(offers[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('bookings', () => {
  it('take the fare from the server, the seats from the caller, and a seat once', async () => {
    await using flights = await server();
    const { call } = flights;
    const offer = await firstOffer(call);
    const flight = { carrierCode: offer.carrierCode, from: 'FRA', to: 'SIN', departure: offer.departure };
    expect(await call.bookings.freeSeats({ ...flight, count: 3 })).toEqual(['1A', '1B', '1C']);
    const seats = new Map([
      ['Ada', '1A'],
      ['Bob', '1C'],
    ]);
    const booking = await call.bookings.book({ ...flight, seats });
    expect(booking).toMatchObject({
      flight: offer.flight,
      totalEur: 2 * offer.priceEur,
      bookedBy: 'test-1',
      seats,
    });
    expect(booking.reference).toMatch(/^[0-9A-Z]{6}$/);
    expect(await call.bookings.freeSeats({ ...flight, count: 3 })).toEqual(['1B', '1D', '1E']);
    await expect(call.bookings.book({ ...flight, seats: new Map([['Eve', '1C']]) })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `Seat 1C is taken on ${offer.flight}`,
    });
  });

  it('refuse flights that nobody offers, and seats that no cabin has', async () => {
    await using flights = await server();
    const flight = { carrierCode: 'HV', from: 'FRA', to: 'SIN', departure: new Date('2027-03-14T03:33:00Z') };
    await expect(
      flights.call.bookings.book({ ...flight, seats: new Map([['Ada', '1A']]) }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const seat of ['0A', '31A', '1G', '']) {
      await expect(
        flights.call.bookings.book({ ...flight, seats: new Map([['Ada', seat]]) }),
      ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('are audited, and the log tells by whom as soon as it is done', async () => {
    await using flights = await server();
    const entry = { id: randomUUID(), event: 'booked', reference: 'ABC123', at: day } as const;
    const recorded = flights.call.bookings.auditLog({ id: entry.id });
    await flights.call.bookings.audit(entry);
    expect(await recorded).toEqual({ kind: 'audit', ...entry, recordedBy: 'test-1' });
  });
});
