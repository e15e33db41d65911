/** A procedure that waits until it is let go, so that a test can do things to a call in flight. */
import { initTRPC } from '@trpc/server';
import { createCollector } from '../../support/collector.ts';

const t = initTRPC.create();

/** Makes the router and what controls it. */
export function createGatedRouter() {
  const begun = createCollector<string>();
  const gates = new Map<string, () => void>();
  const router = t.router({
    echo: t.procedure.input((input) => input).query(({ input }) => input),
    wait: t.procedure.input(String).query(async ({ input, signal }) => {
      await new Promise<void>((resolve) => {
        gates.set(input, resolve);
        signal?.addEventListener('abort', () => resolve());
        begun.add(input);
      });
      return signal?.aborted ? 'aborted' : `${input} done`;
    }),
  });
  return { router, begun, release: (name: string) => gates.get(name)?.() };
}
