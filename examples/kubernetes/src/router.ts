import { initTRPC } from '@trpc/server';

const t = initTRPC.create();

export const appRouter = t.router({
  gate: t.procedure.query(() => 'B12'),
});
