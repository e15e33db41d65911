/** Queries and mutations whose results come bit by bit; they tell the case what happens to them. */
import { initTRPC, TRPCError } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import superjson from 'superjson';
import { z } from 'zod';
import type { EventLog } from '../support/event-log.ts';

const t = initTRPC.context<{ log: EventLog }>().create({
  transformer: superjson,
  errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, formatted: true } }),
});

/** Yields numbers from 0; notes each before it yields it, and in the end how it ended. */
async function* count(to: number, { log, signal }: { log: EventLog; signal: AbortSignal | undefined }) {
  try {
    for (let n = 0; n < to; n++) {
      log.note('pulled');
      yield n;
    }
    return 'all of them';
  } finally {
    log.note(signal?.aborted ? 'finally, aborted' : 'finally');
  }
}

/** Never settles unless the signal aborts. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}

const numbersOnly = z
  .custom<AsyncIterable<unknown>>((value) => Symbol.asyncIterator in (value as object))
  .transform(async function* (items) {
    for await (const item of items) yield z.number().parse(item);
  });

export const streamedRouter = t.router({
  count: t.procedure.input(z.number()).query(({ input, ctx, signal }) => count(input, { ...ctx, signal })),
  changeAndCount: t.procedure
    .input(z.number())
    .mutation(({ input, ctx, signal }) => count(input, { ...ctx, signal })),
  /** Yields the second item when the case has noted that it has the first. */
  stepwise: t.procedure.query(async function* ({ ctx }) {
    yield 'first';
    await ctx.log.until('has first');
    yield 'second';
  }),
  observed: t.procedure.query(() =>
    observable<number>((observer) => {
      for (const n of [1, 2, 3]) observer.next(n);
      observer.complete();
    }),
  ),
  /** Every kind of part at every depth, and values that only a transformer carries. */
  nested: t.procedure.query(({ ctx, signal }) => ({
    at: new Date(0),
    soon: Promise.resolve({ set: new Set([1]), deeper: Promise.resolve(new Date(1)) }),
    nothing: Promise.resolve(undefined),
    items: (async function* () {
      yield { big: 10n, later: Promise.resolve('of the first') };
      return { last: Promise.resolve(true) };
    })(),
    iterable: Promise.resolve(count(2, { ...ctx, signal })),
  })),
  /** The promise is settled once the case has noted its name. */
  promised: t.procedure.input(z.string()).query(({ input, ctx }) => ({
    part: ctx.log.until(input).then(() => input),
  })),
  failing: t.procedure.input(z.string()).query(({ input }) => ({
    promise: Promise.reject(new TRPCError({ code: 'CONFLICT', message: input })),
    items: (async function* () {
      yield 1;
      throw new Error(`after one: ${input}`);
    })(),
  })),
  badYield: t.procedure.output(numbersOnly).query(async function* () {
    yield 1;
    yield 'no number';
  }),
  /** The total is known only when half of the items were pulled. */
  halfway: t.procedure.input(z.number()).query(({ input, ctx, signal }) => ({
    items: count(input, { ...ctx, signal }),
    half: ctx.log.until('pulled', input / 2).then(() => input / 2),
  })),
  /** One item, then nothing until it is aborted; beside it a promise that is never settled, whatever happens. */
  idle: t.procedure.query(({ ctx, signal }) => ({
    never: new Promise<never>(() => {}),
    items: (async function* () {
      try {
        yield 'first';
        await whenAborted(signal);
      } finally {
        ctx.log.note('finally');
      }
    })(),
  })),
  large: t.procedure.input(z.object({ count: z.number(), size: z.number() })).query(async function* ({
    input,
    ctx,
  }) {
    try {
      for (let n = 0; n < input.count; n++) {
        ctx.log.note('pulled');
        yield 'x'.repeat(input.size);
      }
    } finally {
      ctx.log.note('finally');
    }
  }),
  unserializable: t.procedure.query(() => ({
    part: Promise.resolve([
      {
        get field(): string {
          throw new Error('not to be read');
        },
      },
    ]),
  })),
  /** Neither a plain object nor one value. */
  instance: t.procedure.query(
    () =>
      new (class Offer {
        readonly price = Promise.reject(new Error('unheard'));
      })(),
  ),
  /** Runs until it is aborted. */
  hang: t.procedure.query(({ signal }) => whenAborted(signal)),
  echo: t.procedure.input(z.unknown()).query(({ input }) => input),
});

export type StreamedRouter = typeof streamedRouter;
