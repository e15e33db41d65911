/** A router that wants to know who calls. It knows nothing of tokens. */
import { initTRPC, TRPCError } from '@trpc/server';

/** What procedures know of a call. */
export interface Context {
  readonly caller: string;
}

const t = initTRPC.context<Context>().create();

export const appRouter = t.router({
  whoAmI: t.procedure.query(({ ctx }) => ctx.caller),
  cancelFlight: t.procedure.mutation(({ ctx }) => {
    if (ctx.caller !== 'operations')
      throw new TRPCError({ code: 'FORBIDDEN', message: `${ctx.caller} may not cancel flights` });
    return 'cancelled';
  }),
  countdown: t.procedure.subscription(async function* ({ ctx }) {
    for (let left = 2; left >= 0; left--) yield `${left} for ${ctx.caller}`;
  }),
});

export type AppRouter = typeof appRouter;
