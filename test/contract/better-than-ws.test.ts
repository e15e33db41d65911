/**
 * Items of the contract in which wsLink fails its users and ours does not. What is expected of wsLink is what it does
 * wrong: when such a test fails, tRPC has mended it.
 */
import { TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { errorOf } from '../support/call-error.ts';
import { createEventLog } from '../support/event-log.ts';
import { createComparisonTest } from './support/comparison-test.ts';

const test = await createComparisonTest();
const t = initTRPC.create();
const passing = t.procedure.input((input) => input);
const echo = passing.query(({ input }) => input);

/** By what a caller can tell why a call failed. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const error = await errorOf(call);
  if (!(error instanceof TRPCClientError)) return error;
  if (isKafkaTransportError(error.cause)) return error.cause.code;
  return (error.data as { code?: string } | undefined)?.code ?? error.cause?.name ?? error.message;
}

test(
  '[40] a call whose input the server cannot decode fails, and does not hang its caller',
  async ({ serve, unlessOvertaken }) => {
    const log = createEventLog();
    const pass = (value: unknown): unknown => value;
    const deserialize = (value: unknown): unknown => {
      if (value !== 'rubbish') return value;
      log.note('refused');
      throw new Error('rubbish');
    };
    const picky = initTRPC.create({
      transformer: {
        input: { serialize: pass, deserialize },
        output: { serialize: pass, deserialize: pass },
      },
    });
    const router = picky.router({
      echo: picky.procedure.input((input) => input).query(({ input }) => input),
    });
    const trpc = await serve({ router });
    const controller = new AbortController();
    const failure = failureOf(trpc.query('echo', 'rubbish', { signal: controller.signal }));
    await log.until('refused');
    const outcome = await unlessOvertaken(failure, () => trpc.query('echo', 'later'));
    // Lets the client close.
    controller.abort();
    await failure;
    return outcome;
  },
  { wsLink: 'nothing', kafkaLink: 'PARSE_ERROR' },
);

test(
  '[11] an aborted query is aborted at the server, too, and does not run to its end',
  async ({ serve, unlessOvertaken }) => {
    const log = createEventLog();
    const router = t.router({
      echo,
      run: t.procedure.query(async ({ signal }) => {
        signal?.addEventListener('abort', () => log.note('aborted'));
        log.note('begun');
        await log.until('go on');
        log.note(`ended, aborted: ${signal?.aborted}`);
      }),
    });
    const trpc = await serve({ router });
    const controller = new AbortController();
    const failure = failureOf(trpc.query('run', undefined, { signal: controller.signal }));
    await log.until('begun');
    controller.abort();
    const caller = await failure;
    const server = await unlessOvertaken(
      log.until('aborted').then(() => 'aborted'),
      () => trpc.query('echo'),
    );
    log.note('go on');
    await log.until(`ended, aborted: ${server === 'aborted'}`);
    return { caller, server };
  },
  {
    wsLink: { caller: 'AbortError', server: 'nothing' },
    kafkaLink: { caller: 'AbortError', server: 'aborted' },
  },
);

test(
  '[16] a FormData is refused, and does not arrive as an empty object',
  async ({ serve }) => {
    const inputs: unknown[] = [];
    const router = t.router({ send: passing.mutation(({ input }) => void inputs.push(input)) });
    const trpc = await serve({ router });
    const form = new FormData();
    form.set('name', 'Ada');
    const failure = await trpc.mutation('send', form).then(
      () => undefined,
      (error: unknown) => failureOf(Promise.reject(error as Error)),
    );
    return { inputs, failure };
  },
  {
    wsLink: { inputs: [{}], failure: undefined },
    kafkaLink: { inputs: [], failure: 'UNSUPPORTED_MEDIA_TYPE' },
  },
);

test(
  '[54] a result with promises, and one that comes bit by bit, arrive whole',
  async ({ serve }) => {
    const router = t.router({
      promised: t.procedure.query(() => ({ now: 1, later: Promise.resolve(2) })),
      generated: t.procedure.query(async function* () {
        yield* [1, 2];
      }),
    });
    const trpc = await serve({ router });
    const { now, later } = (await trpc.query('promised')) as { now: number; later: unknown };
    const generated = await trpc
      .query('generated')
      .then(async (items) => {
        const all: unknown[] = [];
        for await (const item of items as AsyncIterable<unknown>) all.push(item);
        return all;
      })
      .catch((error: TRPCClientError<typeof router>) => error.data?.code);
    return { now, later: await later, generated };
  },
  {
    wsLink: { now: 1, later: {}, generated: 'UNSUPPORTED_MEDIA_TYPE' },
    kafkaLink: { now: 1, later: 2, generated: [1, 2] },
  },
);

test(
  '[50] a createContext that fails is the error of its call, which is answered under its own id',
  async ({ serve, unlessOvertaken }) => {
    const log = createEventLog();
    const trpc = await serve({
      router: t.router({ echo }),
      createContext() {
        log.note('context');
        throw new TRPCError({ code: 'UNAUTHORIZED', message: 'who are you?' });
      },
    });
    const controller = new AbortController();
    const failure = failureOf(trpc.query('echo', 1, { signal: controller.signal }));
    // Over a socket the error has the id null, and the socket is closed. The caller hears of that at best, if its call was
    // on its way by then; else it waits while the client connects again and again.
    const outcome = await unlessOvertaken(failure, () => log.until('context', 2));
    controller.abort();
    await failure;
    return outcome === 'UNAUTHORIZED' ? outcome : 'not told why';
  },
  { wsLink: 'not told why', kafkaLink: 'UNAUTHORIZED' },
);
