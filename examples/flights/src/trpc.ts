import { initTRPC, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import { ZodError, z } from 'zod';
import type { Airport } from './domain/airport.js';
import type { FlightsContext } from './flights-context.js';

const t = initTRPC.context<FlightsContext>().create({
  transformer: superjson,
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    data: {
      ...shape.data,
      /** What is wrong with which field, when the input was refused. */
      zodError: error.cause instanceof ZodError ? z.flattenError(error.cause) : null,
    },
  }),
});

export const { router, procedure } = t;

/** The airport with this code, or the NOT_FOUND that the client sees with its type. */
export function airportOf(ctx: FlightsContext, iata: string): Airport {
  const airport = ctx.airports.byCode(iata);
  if (!airport) throw new TRPCError({ code: 'NOT_FOUND', message: `No airport has the code ${iata}` });
  return airport;
}
