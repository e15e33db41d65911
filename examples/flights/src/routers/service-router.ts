import { procedure, router } from '../trpc.js';

export const serviceRouter = router({
  /** Which instance answers: how one sees that they share the work. */
  whoAmI: procedure.query(({ ctx }) => ({
    instance: ctx.instance,
    pid: process.pid,
    airports: ctx.airports.size,
  })),
});
