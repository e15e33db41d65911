/** The router that hostile input is thrown at. */
import { initTRPC } from '@trpc/server';

const t = initTRPC.create();

/** Takes what it is given: nothing in front of the transport's own checks. */
const anything = (input: unknown): unknown => input;

export const targetRouter = t.router({
  echo: t.procedure.input(anything).query(({ input }) => input),
  store: t.procedure.input(anything).mutation(({ input }) => input),
  a: t.router({ b: t.procedure.query(() => 'a.b') }),
});

export type TargetRouter = typeof targetRouter;
