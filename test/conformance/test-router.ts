/** A router that does whatever a case needs, and tells the case what it does. */
import { initTRPC, type TRPC_ERROR_CODE_KEY, TRPCError, tracked } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import type { KafkaMeta } from '@trpc-kafka/core';
import superjson from 'superjson';
import { z } from 'zod';
import type { EventLog } from '../support/event-log.ts';

export interface TestContext extends CreateKafkaContextOptions {
  readonly log: EventLog;
}

const t = initTRPC
  .context<TestContext>()
  .meta<KafkaMeta>()
  .create({
    transformer: superjson,
    errorFormatter({ shape, error }) {
      if (error.message === 'break the formatter') throw new Error('the formatter is broken');
      return {
        ...shape,
        data: { ...shape.data, issues: error.cause instanceof z.ZodError ? error.cause.issues.length : 0 },
      };
    },
  });

function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}

const calls = t.router({
  echo: t.procedure.input(z.unknown()).query(({ input }) => input),
  change: t.procedure.input(z.unknown()).mutation(({ input }) => input),
  checked: t.procedure.input(z.object({ n: z.number() })).query(({ input }) => input.n),
  fail: t.procedure.input(z.custom<TRPC_ERROR_CODE_KEY>()).query(({ input }) => {
    throw new TRPCError({ code: input, message: `failed with ${input}` });
  }),
  failWith: t.procedure.input(z.string()).query(({ input }) => {
    throw new Error(input);
  }),
  throwValue: t.procedure.input(z.unknown()).query(({ input }) => {
    throw input;
  }),
  wrongOutput: t.procedure.output(z.object({ n: z.number() })).query(() => ({ n: 'text' }) as never),
  unserializable: t.procedure.query(() => ({
    get field(): string {
      throw new Error('not to be read');
    },
  })),
  large: t.procedure.input(z.number()).query(({ input }) => 'x'.repeat(input)),
  /** Runs until it is aborted. */
  hang: t.procedure.input(z.string()).query(async ({ input, ctx, signal }) => {
    ctx.log.note(`begun ${input}`);
    try {
      return await whenAborted(signal);
    } finally {
      ctx.log.note(`aborted ${input}`);
    }
  }),
  hangMutation: t.procedure.input(z.string()).mutation(async ({ input, ctx, signal }) => {
    ctx.log.note(`begun ${input}`);
    try {
      return await whenAborted(signal);
    } finally {
      ctx.log.note(`aborted ${input}`);
    }
  }),
  /** Answers when the case has noted the input. */
  waitFor: t.procedure.input(z.string()).query(async ({ input, ctx }) => {
    ctx.log.note(`begun ${input}`);
    await ctx.log.until(input);
    return input;
  }),
  noted: t.procedure.input(z.string()).mutation(({ input, ctx }) => {
    ctx.log.note(input);
  }),
  flaky: t.procedure.input(z.object({ name: z.string(), fails: z.number() })).mutation(({ input, ctx }) => {
    ctx.log.note(`attempt ${ctx.req.attempt}`);
    if (ctx.req.attempt <= input.fails) throw new Error('not yet');
    ctx.log.note(input.name);
  }),
  /** Fails at every attempt, and says how many it wants. */
  hopeless: t.procedure
    .meta({ kafka: { retry: { attempts: 3, initialDelayMs: 1 } } })
    .input(z.string())
    .mutation(({ input, ctx }) => {
      ctx.log.note(`attempt ${ctx.req.attempt}`);
      throw new Error(input);
    }),
  whereAmI: t.procedure.query(({ ctx }) => {
    const { req, info } = ctx;
    return {
      req: { ...req },
      type: info.type,
      path: info.calls[0]?.path,
      connectionParams: info.connectionParams,
    };
  }),
});

const streams = t.router({
  count: t.procedure.input(z.number()).subscription(async function* ({ input, ctx }) {
    try {
      for (let n = 0; n < input; n++) yield n;
    } finally {
      ctx.log.note('finally');
    }
  }),
  failAfter: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    for (let n = 0; n < input; n++) yield n;
    throw new TRPCError({ code: 'CONFLICT', message: 'half-way' });
  }),
  tracked: t.procedure
    .input(z.object({ lastEventId: z.string().optional() }).optional())
    .subscription(async function* ({ input }) {
      const from = Number(input?.lastEventId ?? 0);
      for (let n = from + 1; n <= from + 3; n++) yield tracked(String(n), { n });
    }),
  observed: t.procedure.subscription(() =>
    observable<number>((observer) => {
      for (const n of [1, 2, 3]) observer.next(n);
      observer.complete();
    }),
  ),
  large: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    for (let n = 0; n < 3; n++) yield 'x'.repeat(input);
  }),
  refused: t.procedure.subscription(async () => {
    throw new TRPCError({ code: 'FORBIDDEN', message: 'not for you' });
  }),
  /** Yields once and then waits to be stopped. */
  idle: t.procedure.subscription(async function* ({ ctx, signal }) {
    try {
      yield 'first';
      await whenAborted(signal);
    } finally {
      ctx.log.note('finally');
    }
  }),
});

export const testRouter = t.router({ calls, streams });
export type TestRouter = typeof testRouter;
