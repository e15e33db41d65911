/**
 * The router of the flights service: what a team has already, with nothing of Kafka in it.
 * Owns: the names of the procedures.
 * Must not know: how it is served. Clients import `type AppRouter` from here and nothing else.
 */
import { airportsRouter } from './routers/airports-router.js';
import { bookingsRouter } from './routers/bookings-router.js';
import { offersRouter } from './routers/offers-router.js';
import { serviceRouter } from './routers/service-router.js';
import { router } from './trpc.js';

export const appRouter = router({
  airports: airportsRouter,
  bookings: bookingsRouter,
  offers: offersRouter,
  service: serviceRouter,
});

/** All that a client needs to know of the server. */
export type AppRouter = typeof appRouter;
