/** The router that all contestants with a tRPC server serve. */
import { initTRPC } from '@trpc/server';
import { echoInput, itemsInput } from './echo-input.ts';
import { streamItems } from './stream-items.ts';

const t = initTRPC.create();

/** Its procedures: an echo, and a stream of as many items as one likes. */
export const echoRouter = t.router({
  echo: t.procedure.input(echoInput).query(({ input }) => input.text),
  items: t.procedure.input(itemsInput).subscription(({ input }) => streamItems(input.count)),
});

/** The type that its clients know. */
export type EchoRouter = typeof echoRouter;
