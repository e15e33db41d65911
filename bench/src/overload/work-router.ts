/** A procedure that takes its time. */
import { setTimeout as delay } from 'node:timers/promises';
import { initTRPC } from '@trpc/server';

const t = initTRPC.create();

/** Makes the router, and what counts how often it ran. */
export function createWorkRouter(resolverMs: number) {
  let runs = 0;
  const router = t.router({
    work: t.procedure.query(async () => {
      runs++;
      await delay(resolverMs);
      return 'done';
    }),
  });
  return { router, ran: () => runs };
}

/** The type that its clients know. */
export type WorkRouter = ReturnType<typeof createWorkRouter>['router'];
