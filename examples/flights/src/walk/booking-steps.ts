import { randomUUID } from 'node:crypto';
import type { FlightsOutput } from '../connect/flights-connection.js';
import type { Offer } from '../domain/offers.js';
import { column, moment } from '../terminal/columns.js';
import { expectError } from './expect-error.js';
import type { Walk } from './walk.js';

type Booking = FlightsOutput['bookings']['book'];

const passengers = ['Amelia Earhart', 'Otto Lilienthal'];

export async function book(walk: Walk, offer: Offer): Promise<Booking> {
  const { client } = walk.connection;
  const flight = {
    carrierCode: offer.carrierCode,
    from: 'FRA',
    to: 'SIN',
    departure: offer.departure,
  };
  return await walk.stage.step('Mutation: two seats, with a Date and a Map', async (step) => {
    const free = await client.bookings.freeSeats.query({ ...flight, count: passengers.length });
    const seats = new Map(passengers.map((passenger, index) => [passenger, free[index] ?? '']));
    const booking = await step.call('client.bookings.book.mutate({ ...flight, seats })', () =>
      client.bookings.book.mutate({ ...flight, seats }),
    );
    if (!(booking.departure instanceof Date && booking.seats instanceof Map)) {
      throw new Error('The booking came back without its Date or its Map');
    }
    const total = `EUR ${booking.totalEur}`;
    step.say(
      `${walk.paint.good(booking.reference)}  ${booking.flight} ${booking.stops.join('-')}  ${total}   by ${booking.bookedBy}`,
    );
    step.say(`departure  Date  ${moment(booking.departure)} UTC`);
    step.say(`seats      Map   ${[...booking.seats].map(([who, seat]) => `${seat} ${who}`).join(', ')}`);
    const taken = await step.call('the same seats for someone else', () =>
      expectError(client.bookings.book.mutate({ ...flight, seats: forSomeoneElse(seats) }), 'CONFLICT'),
    );
    step.say(`${walk.paint.bad(column('CONFLICT', 12))} ${taken.message}`);
    step.answer([booking.flight, booking.stops, booking.departure, booking.totalEur, taken.data?.code]);
    return booking;
  });
}

const forSomeoneElse = (seats: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...seats.values()].map((seat, index) => [`Passenger ${index + 1}`, seat]));

export async function auditOneWay(walk: Walk, booking: Booking): Promise<void> {
  const { audit, auditCall, client } = walk.connection;
  await walk.stage.step('One-way: note the booking for the auditors', async (step) => {
    const entry = {
      id: randomUUID(),
      event: 'booked' as const,
      reference: booking.reference,
      at: booking.bookedAt,
    };
    await step.call(auditCall, () => audit(entry));
    const recorded = await step.call('client.bookings.auditLog.query({ id })', () =>
      client.bookings.auditLog.query({ id: entry.id }),
    );
    const delayMs = recorded.at.getTime() - entry.at.getTime();
    if (recorded.reference !== entry.reference || delayMs !== 0) {
      throw new Error('The audit log holds another entry than the one that was sent');
    }
    step.say(`${walk.paint.strong(recorded.recordedBy)} recorded: ${recorded.reference} ${recorded.event}`);
    step.answer(recorded.event);
  });
}
