import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { iataSchema } from '../domain/airport.js';
import { findOffers } from '../domain/offers.js';
import { airportOf, procedure, router } from '../trpc.js';
import { findInLedger } from './find-in-ledger.js';

const searchSchema = z.object({
  searchId: z.uuid(),
  from: iataSchema,
  to: iataSchema,
  day: z.date(),
});

export const offersRouter = router({
  /** One request, many responses: each carrier's offer as soon as that carrier has answered. */
  search: procedure.input(searchSchema).subscription(async function* ({ ctx, input, signal }) {
    const route = `${input.from} to ${input.to}`;
    const found = findOffers(ctx.airports, {
      from: airportOf(ctx, input.from),
      to: airportOf(ctx, input.to),
      day: input.day,
    });
    let sent = 0;
    let waitedMs = 0;
    try {
      for (const { carrier, offer } of found) {
        // Stands for a call to the carrier's own system; ends at once when the client leaves.
        await delay(carrier.answersAfterMs - waitedMs, undefined, signal ? { signal } : {});
        waitedMs = carrier.answersAfterMs;
        sent += 1;
        yield offer;
      }
    } finally {
      const left = sent < found.length || signal?.aborted;
      ctx.log(`offers ${route}: ${left ? 'the client left' : 'all sent'} after ${sent} of ${found.length}`);
      await ctx.ledger.append({
        kind: 'search-ended',
        id: input.searchId,
        sent,
        found: found.length,
        servedBy: ctx.instance,
      });
    }
  }),

  /** How a search ended, as the server saw it; answers as soon as it has ended. */
  ended: procedure
    .input(z.object({ searchId: z.uuid() }))
    .query(({ ctx, input, signal }) =>
      findInLedger({ ctx, kind: 'search-ended', id: input.searchId, signal }),
    ),
});
