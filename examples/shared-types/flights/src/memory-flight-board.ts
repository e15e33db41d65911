/** Keeps the flights in memory: it stands where a database stands, and no client may ever see any of it. */
import { EventEmitter, on, once } from 'node:events';
import type { Flight, FlightBoard } from './flight-board.js';

const scheduled: readonly Flight[] = [
  {
    number: 'LH400',
    from: 'FRA',
    to: 'JFK',
    departure: new Date('2026-12-24T10:35:00Z'),
    seatsLeft: 3,
    status: 'planned',
  },
  {
    number: 'SQ25',
    from: 'FRA',
    to: 'JFK',
    departure: new Date('2026-12-24T08:15:00Z'),
    seatsLeft: 90,
    status: 'planned',
  },
  {
    number: 'OS90',
    from: 'VIE',
    to: 'JFK',
    departure: new Date('2026-12-24T09:25:00Z'),
    seatsLeft: 12,
    status: 'planned',
  },
];

/** Makes a board with today's flights. */
export function createMemoryFlightBoard(): FlightBoard {
  const flights = new Map(scheduled.map((flight) => [flight.number, flight]));
  const notes = new Map<string, string>();
  const changes = new EventEmitter().setMaxListeners(0);
  let bookings = 0;

  function change(flight: Flight, fields: Partial<Flight>): Flight {
    const changed = { ...flight, ...fields };
    flights.set(flight.number, changed);
    changes.emit(`flight ${flight.number}`, changed);
    return changed;
  }

  return {
    find: (number) => flights.get(number),
    search: (from, to) => [...flights.values()].filter((flight) => flight.from === from && flight.to === to),
    delay(number, minutes) {
      const flight = flights.get(number);
      if (flight === undefined) return undefined;
      const departure = new Date(flight.departure.getTime() + minutes * 60_000);
      return change(flight, { departure, status: 'delayed' });
    },
    book(number, seats) {
      const flight = flights.get(number);
      if (flight === undefined || flight.seatsLeft < seats) return undefined;
      change(flight, { seatsLeft: flight.seatsLeft - seats });
      return `B${++bookings}-${number}`;
    },
    async *watch(number, signal) {
      // Listens before it looks: a change in between must not be missed.
      const seen = on(changes, `flight ${number}`, signal === undefined ? {} : { signal });
      const flight = flights.get(number);
      if (flight !== undefined) yield flight;
      for await (const [changed] of seen) yield changed as Flight;
    },
    audit(bookingId, note) {
      notes.set(bookingId, notes.get(bookingId) ?? note);
      changes.emit(`note ${bookingId}`);
    },
    async firstNote(bookingId, signal) {
      const noted = once(changes, `note ${bookingId}`, signal === undefined ? {} : { signal });
      if (!notes.has(bookingId)) await noted;
      else noted.catch(() => {});
      return notes.get(bookingId)!;
    },
  };
}
