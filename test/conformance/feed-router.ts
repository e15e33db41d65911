/** Streams that go on when the case says so, and tell it what becomes of them. */
import { initTRPC, tracked } from '@trpc/server';
import { z } from 'zod';
import type { EventLog } from '../support/event-log.ts';

const t = initTRPC.context<{ log: EventLog }>().create();

function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

const feedInput = z.object({
  name: z.string(),
  /** How long the second event is. */
  size: z.number().default(1),
  lastEventId: z.string().optional(),
});

export const feedRouter = t.router({
  /** Events 1, 2, 3 and so on: the next one each time the case notes `go`. All feeds go on in one turn. */
  feed: t.procedure.input(feedInput).subscription(async function* ({ input, ctx: { log }, signal }) {
    const { name, size } = input;
    log.note(`begun ${name}`);
    const aborted = whenAborted(signal);
    aborted.catch(() => {});
    try {
      for (let n = Number(input.lastEventId ?? 0) + 1; ; n++) {
        await Promise.race([log.until('go', n - 1), aborted]);
        yield tracked(String(n), n === 2 ? 'x'.repeat(size) : `event ${n}`);
      }
    } finally {
      log.note(`ended ${name}`);
    }
  }),
  /** A result that comes bit by bit, and never as a whole. */
  parts: t.procedure.input(z.string()).query(async function* ({ input, ctx: { log }, signal }) {
    log.note(`begun ${input}`);
    try {
      yield 'first';
      await whenAborted(signal);
    } finally {
      log.note(`ended ${input}`);
    }
  }),
  echo: t.procedure.input(z.string()).query(({ input }) => input),
});

export type FeedRouter = typeof feedRouter;
