/** The router. It knows nothing of Kafka, nor that its type is published. */
import { TRPCError, tracked } from '@trpc/server';
import { z } from 'zod';
import type { Flight } from './flight-board.js';
import { t } from './trpc.js';

const flightNumber = z.string().regex(/^[A-Z]{2}\d{1,4}$/, 'Two capital letters and up to four digits');
const airport = z.string().length(3);

function found(flight: Flight | undefined, number: string): Flight {
  if (flight !== undefined) return flight;
  throw new TRPCError({ code: 'NOT_FOUND', message: `No flight ${number}` });
}

/** Says how many seats there are, beside the code. */
class NotEnoughSeats extends Error {
  readonly seatsLeft: number;
  constructor(seatsLeft: number) {
    super(`Only ${seatsLeft} seats are left`);
    this.seatsLeft = seatsLeft;
  }
}

const flights = t.router({
  byNumber: t.procedure.input(flightNumber).query(({ input, ctx }) => found(ctx.board.find(input), input)),
  search: t.procedure
    .input(z.object({ from: airport, to: airport }))
    .query(({ input, ctx }) => ctx.board.search(input.from, input.to)),
  delay: t.procedure
    .input(z.object({ number: flightNumber, minutes: z.number().int().positive() }))
    .mutation(({ input, ctx }) => found(ctx.board.delay(input.number, input.minutes), input.number)),
  watch: t.procedure
    .input(z.object({ number: flightNumber, lastEventId: z.string().nullish() }))
    .subscription(async function* ({ input, ctx, signal }) {
      for await (const flight of ctx.board.watch(input.number, signal)) {
        const eventId = `${flight.departure.getTime()}/${flight.seatsLeft}`;
        if (eventId !== input.lastEventId) yield tracked(eventId, flight);
      }
    }),
});

const bookings = t.router({
  book: t.procedure
    .errors(({ shape, error }) =>
      error.cause instanceof NotEnoughSeats
        ? { ...shape, data: { ...shape.data, seatsLeft: error.cause.seatsLeft } }
        : undefined,
    )
    .input(z.object({ number: flightNumber, seats: z.number().int().positive().default(1) }))
    .mutation(({ input, ctx }) => {
      const flight = found(ctx.board.find(input.number), input.number);
      const bookingId = ctx.board.book(input.number, input.seats);
      if (bookingId !== undefined) return { bookingId, bookedBy: ctx.caller, departure: flight.departure };
      const cause = new NotEnoughSeats(flight.seatsLeft);
      throw new TRPCError({ code: 'CONFLICT', message: cause.message, cause });
    }),
  /** To be sent one-way. */
  audit: t.procedure
    .meta({ kafka: { retry: { attempts: 10 } } })
    .input(z.object({ bookingId: z.string(), note: z.string() }))
    .mutation(({ input, ctx }) => ctx.board.audit(input.bookingId, input.note)),
  /** Waits until there is a note. */
  firstNote: t.procedure
    .input(z.string())
    .query(({ input, ctx, signal }) => ctx.board.firstNote(input, signal)),
});

export const flightRouter = t.router({ flights, bookings });
export type FlightRouter = typeof flightRouter;
