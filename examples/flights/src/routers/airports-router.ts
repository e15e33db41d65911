import { z } from 'zod';
import { iataSchema, positionSchema } from '../domain/airport.js';
import { airportOf, procedure, router } from '../trpc.js';

export const airportsRouter = router({
  byCode: procedure
    .input(z.object({ iata: iataSchema }))
    .query(({ ctx, input }) => airportOf(ctx, input.iata)),

  nearest: procedure
    .input(positionSchema.extend({ limit: z.number().int().min(1).max(50).default(5) }))
    .query(({ ctx, input }) => ctx.airports.nearest(input, input.limit)),
});
