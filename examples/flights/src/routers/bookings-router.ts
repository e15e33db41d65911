import { createHash } from 'node:crypto';
import { TRPCError } from '@trpc/server';
import { z } from 'zod';
import { iataSchema } from '../domain/airport.js';
import { freeSeats, seatSchema } from '../domain/cabin.js';
import { carriers } from '../domain/carriers.js';
import { type Offer, offerOf } from '../domain/offers.js';
import type { FlightsContext } from '../flights-context.js';
import { SeatTakenError } from '../store/seat-claims.js';
import { airportOf, procedure, router } from '../trpc.js';
import { findInLedger } from './find-in-ledger.js';

const flightSchema = z.object({
  carrierCode: z.string().length(2),
  from: iataSchema,
  to: iataSchema,
  departure: z.date(),
});
type Flight = z.infer<typeof flightSchema>;

const auditSchema = z.object({
  id: z.uuid(),
  event: z.enum(['booked', 'changed', 'cancelled']),
  reference: z.string().min(1),
  at: z.date(),
});

export const bookingsRouter = router({
  freeSeats: procedure
    .input(flightSchema.extend({ count: z.number().int().min(1).max(9) }))
    .query(async ({ ctx, input }) => {
      const taken = await ctx.seats.taken(departureKey(offeredFlight(ctx, input)));
      return freeSeats(taken, input.count);
    }),

  /** `seats` is a Map from passenger to seat, here and in the answer; superjson carries it. */
  book: procedure
    .input(flightSchema.extend({ seats: z.map(z.string().min(1), seatSchema).min(1).max(9) }))
    .mutation(async ({ ctx, input }) => {
      const offer = offeredFlight(ctx, input);
      const reference = bookingReference(offer, input.seats);
      await claimSeats(ctx, { offer, seats: input.seats, reference });
      ctx.log(`booked ${[...input.seats.values()].join(' ')} on ${offer.flight} as ${reference}`);
      return {
        reference,
        flight: offer.flight,
        stops: offer.stops,
        departure: offer.departure,
        seats: input.seats,
        totalEur: offer.priceEur * input.seats.size,
        bookedAt: new Date(),
        bookedBy: ctx.instance,
      };
    }),

  /** Called one-way over Kafka: whoever calls it waits for the brokers, not for us. */
  audit: procedure.input(auditSchema).mutation(async ({ ctx, input }) => {
    await ctx.ledger.append({ kind: 'audit', ...input, recordedBy: ctx.instance });
    ctx.log(`audit: ${input.reference} ${input.event}`);
  }),

  /** The audit entry with this id; answers as soon as one of the instances has recorded it. */
  auditLog: procedure
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input, signal }) => findInLedger({ ctx, kind: 'audit', id: input.id, signal })),
});

/** Prices are made here and never taken from the caller. */
function offeredFlight(ctx: FlightsContext, flight: Flight): Offer {
  const carrier = carriers.find(({ code }) => code === flight.carrierCode);
  const from = airportOf(ctx, flight.from);
  const to = airportOf(ctx, flight.to);
  const offer = carrier && offerOf(carrier, ctx.airports, { from, to, day: flight.departure });
  if (offer?.departure.getTime() === flight.departure.getTime()) return offer;
  const message = `No flight of ${flight.carrierCode} leaves ${flight.from} for ${flight.to} at ${flight.departure.toISOString()}`;
  throw new TRPCError({ code: 'NOT_FOUND', message });
}

const departureKey = (offer: Offer): string =>
  `${offer.flight}-${offer.departure.toISOString().slice(0, 10)}`;

/** Six letters and digits that follow from what was booked: asking twice never makes two references. */
function bookingReference(offer: Offer, seats: ReadonlyMap<string, string>): string {
  const what = JSON.stringify([
    departureKey(offer),
    ...[...seats].map(([who, seat]) => `${seat} ${who}`).sort(),
  ]);
  const number = createHash('sha256').update(what).digest().readUIntBE(0, 6);
  return number.toString(36).toUpperCase().padStart(6, '0').slice(-6);
}

async function claimSeats(
  ctx: FlightsContext,
  booking: { offer: Offer; seats: ReadonlyMap<string, string>; reference: string },
): Promise<void> {
  try {
    await ctx.seats.claim(departureKey(booking.offer), [...booking.seats.values()], booking.reference);
  } catch (cause) {
    if (!(cause instanceof SeatTakenError)) throw cause;
    throw new TRPCError({ code: 'CONFLICT', message: `${cause.message} on ${booking.offer.flight}`, cause });
  }
}
