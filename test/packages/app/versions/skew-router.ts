/** What is called across versions. It tells what became of calls whose caller has gone, so that nobody has to guess or wait. */
import { EventEmitter, on } from 'node:events';
import { initTRPC, TRPCError, tracked } from '@trpc/server';
import { z } from 'zod';

/** What a server knows of a call besides its input. */
export interface SkewContext {
  readonly headers: Readonly<Record<string, string>>;
  readonly token: string | undefined;
  readonly idempotencyKey: string | undefined;
}

const t = initTRPC.context<SkewContext>().create();

/** What happened, by name and by the text that the caller gave; kept for those who ask later. */
const happenings = new Set<string>();
const news = new EventEmitter().setMaxListeners(0);

function happened(what: string): void {
  happenings.add(what);
  news.emit('news');
}

async function until(what: string, signal: AbortSignal | undefined): Promise<void> {
  if (happenings.has(what)) return;
  for await (const _ of on(news, 'news', signal === undefined ? {} : { signal })) {
    if (happenings.has(what)) return;
  }
}

const item = '.'.repeat(2000);

/** The router of both versions. */
export const skewRouter = t.router({
  /** Which version of the packages answers. */
  side: t.procedure.query(() => process.env['SIDE']),
  echo: t.procedure.input((value) => value).query(({ input }) => input),
  context: t.procedure.query(({ ctx }) => ctx),
  fail: t.procedure.mutation(() => {
    throw new TRPCError({ code: 'CONFLICT', message: 'seat 12A is taken' });
  }),
  hang: t.procedure.input(z.string()).query(
    ({ input, signal }) =>
      new Promise<never>((_, reject) => {
        happened(`hanging ${input}`);
        signal?.addEventListener('abort', () => {
          happened(`aborted ${input}`);
          reject(new Error('aborted'));
        });
      }),
  ),
  note: t.procedure.input(z.string()).mutation(({ input }) => happened(`noted ${input}`)),
  /** Answers when that has happened. */
  until: t.procedure.input(z.string()).query(({ input, signal }) => until(input, signal)),
  count: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    for (let n = 1; n <= input; n++) yield { n, item };
  }),
  events: t.procedure.input(z.object({ lastEventId: z.string().optional() })).subscription(async function* ({
    input,
  }) {
    for (let n = Number(input.lastEventId ?? 0) + 1; n <= 5; n++) yield tracked(String(n), n);
  }),
  /** Numbers without an end, told by the version that answers. */
  ticks: t.procedure.input(z.object({ lastEventId: z.string().optional() })).subscription(async function* ({
    input,
    signal,
  }) {
    for (let n = Number(input.lastEventId ?? 0) + 1; !signal?.aborted; n++) {
      yield tracked(String(n), process.env['SIDE']);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }),
  endless: t.procedure.input(z.string()).subscription(async function* ({ input, signal }) {
    try {
      for (let n = 0; !signal?.aborted; n++) yield n;
    } finally {
      happened(`ended ${input}`);
    }
  }),
  /** Says nothing for as long as asked. */
  quiet: t.procedure.input(z.number()).subscription(async function* ({ input, signal }) {
    yield 'before';
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, input);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    yield 'after';
  }),
});

/** Its type. */
export type SkewRouter = typeof skewRouter;
