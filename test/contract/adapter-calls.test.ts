/** Items 39 to 58 of the contract: what a tRPC server may expect of the adapter that calls it. */
import { TRPCClientError } from '@trpc/client';
import { initTRPC, lazy, TRPCError } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { applyKafkaHandler, type CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import superjson from 'superjson';
import { expect } from 'vitest';
import { createGatedRouter } from '../hostile-input/support/gated-router.ts';
import { errorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { createArenaTest, writeCancel, writeRequest } from './support/arena-test.ts';
import { collectUncaught } from './support/uncaught.ts';

const test = await createArenaTest();
const t = initTRPC.create();
const echo = t.procedure.input((input) => input).query(({ input }) => input);

/** The error a caller got from the server. */
async function clientErrorOf(call: Promise<unknown>): Promise<TRPCClientError<typeof anyRouter>> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as TRPCClientError<typeof anyRouter>;
}
const anyRouter = t.router({ echo });

test('[39] inputs are restored by the transformer; what it cannot restore is PARSE_ERROR', async (open) => {
  const s = initTRPC.create({ transformer: superjson });
  const router = s.router({
    year: s.procedure.input((input) => input as Date).query(({ input }) => input.getUTCFullYear()),
  });
  const arena = await open({ router, transformer: superjson });
  expect(await arena.trpc.query('year', new Date(0))).toBe(1970);
  await writeRequest(arena, { id: 1, method: 'query', params: { path: 'year', input: null } });
  const [reply] = await arena.stranger.replies.count(1);
  expect(reply).toMatchObject({ kind: 'error', id: 1, error: { json: { data: { code: 'PARSE_ERROR' } } } });
});

test('[40] an envelope that cannot be read is answered under its own id, or else told to onError, and the partition goes on', async (open) => {
  const arena = await open({});
  await writeRequest(arena, { id: 5, method: 'query', params: 'no params' });
  const [reply] = await arena.stranger.replies.count(1);
  expect(reply).toMatchObject({ kind: 'error', id: 5, error: { data: { code: 'PARSE_ERROR' } } });
  await writeRequest(arena, '{ no json');
  expect(await arena.trpc.query('echo', 1)).toBe(1);
  expect(arena.reported.items).toHaveLength(2);
});

test('[41] a call whose id is null is told to onError as PARSE_ERROR and answered to nobody', async (open) => {
  const codes = createCollector<string>();
  const arena = await open({ handler: { onError: ({ error }) => codes.add(error.code) } });
  await writeRequest(arena, { id: null, method: 'query', params: { path: 'echo' } });
  await writeRequest(arena, { id: 1, method: 'query', params: { path: 'echo' } });
  const replies = await arena.stranger.replies.count(1);
  expect([codes.items, replies]).toEqual([['PARSE_ERROR'], [expect.objectContaining({ id: 1 })]]);
});

test('[42] procedures run with their middlewares, also lazy ones; other paths and kinds are NOT_FOUND', async (open) => {
  const router = t.router({
    doubled: t.procedure.use(({ next }) => next({ ctx: { by: 2 } })).query(({ ctx }) => ctx.by),
    later: lazy(async () => t.router({ echo })),
  });
  const { trpc } = await open({ router });
  expect(await Promise.all([trpc.query('doubled'), trpc.query('later.echo', 'x')])).toEqual([2, 'x']);
  for (const path of ['nowhere', 'toString', '__proto__', 'later.nowhere']) {
    const { message, data } = await clientErrorOf(trpc.query(path));
    expect([message, data?.code]).toEqual([`No "query"-procedure on path "${path}"`, 'NOT_FOUND']);
  }
  const wrongKind = await clientErrorOf(trpc.mutation('doubled'));
  expect(wrongKind.data?.code).toBe('NOT_FOUND');
});

test('[43] the transformer writes the data of a result and the whole shape of an error', async (open) => {
  const s = initTRPC.create({
    transformer: superjson,
    errorFormatter: ({ shape }) => ({ ...shape, data: { ...shape.data, at: new Date(0) } }),
  });
  const router = s.router({
    date: s.procedure.query(() => new Date(0)),
    fail: s.procedure.query(() => {
      throw new TRPCError({ code: 'CONFLICT' });
    }),
  });
  const arena = await open({ router, transformer: superjson });
  expect(await arena.trpc.query('date')).toEqual(new Date(0));
  expect((await clientErrorOf(arena.trpc.query('fail'))).data).toMatchObject({ at: new Date(0) });
  await writeRequest(arena, { id: 1, method: 'query', params: { path: 'fail', input: { json: 1 } } });
  const [reply] = await arena.stranger.replies.count(1);
  expect(reply).toMatchObject({
    error: { json: { code: -32009 }, meta: { values: { 'data.at': ['Date'] } } },
  });
});

test('[44] an output that does not validate is INTERNAL_SERVER_ERROR', async (open) => {
  const output = (value: unknown): number => {
    if (typeof value === 'number') return value;
    throw new Error('no number');
  };
  const router = t.router({ wrong: t.procedure.output(output).query(() => 'text' as never) });
  const { trpc } = await open({ router });
  const { message, data } = await clientErrorOf(trpc.query('wrong'));
  expect([message, data?.code]).toEqual(['Output validation failed', 'INTERNAL_SERVER_ERROR']);
});

for (const isDev of [true, false]) {
  test(`[45] an error goes to onError and then into its shape, both with the call's facts; a stack only with isDev: ${isDev}`, async (open) => {
    const told: unknown[] = [];
    const d = initTRPC.context<{ user: string }>().create({
      isDev,
      errorFormatter({ shape, error, type, path, input, ctx }) {
        told.push(['formatter', error.code, type, path, input, ctx]);
        return shape;
      },
    });
    const router = d.router({
      fail: d.procedure
        .input((input) => input)
        .mutation(() => {
          throw 'a text';
        }),
    });
    const arena = await open({
      router,
      handler: {
        createContext: () => ({ user: 'Ada' }),
        onError: ({ error, type, path, input, ctx, req }) =>
          told.push(['onError', error.code, type, path, input, ctx, req?.topic]),
      },
    });
    const { data, message } = await clientErrorOf(arena.trpc.mutation('fail', 7));
    const facts = ['INTERNAL_SERVER_ERROR', 'mutation', 'fail', 7, { user: 'Ada' }];
    const { topic } = arena.service.topics.requests;
    expect(told).toEqual([
      ['onError', ...facts, topic],
      ['formatter', ...facts],
    ]);
    expect([message, typeof data?.stack]).toEqual(['a text', isDev ? 'string' : 'undefined']);
  });
}

test("[46] a procedure's own errors() formatter makes the shape", async (open) => {
  const router = t.router({
    fail: t.procedure
      .errors(({ shape }) => ({ ...shape, data: { ...shape.data, seat: '12A' } }))
      .query(() => {
        throw new TRPCError({ code: 'CONFLICT' });
      }),
  });
  const { trpc } = await open({ router });
  expect((await clientErrorOf(trpc.query('fail'))).data).toMatchObject({ code: 'CONFLICT', seat: '12A' });
});

test('[47] an errorFormatter that throws, a result that cannot be serialized and one that is too large are each answered and told', async (open) => {
  const f = initTRPC.create({
    errorFormatter({ shape, error }) {
      if (error.message === 'unspeakable') throw new Error('the formatter is broken');
      return shape;
    },
  });
  const router = f.router({
    fail: f.procedure.query(() => {
      throw new Error('unspeakable');
    }),
    bigint: f.procedure.query(() => 1n),
    large: f.procedure.query(() => 'x'.repeat(20_000)),
  });
  const { trpc, reported } = await open({ router, handler: { maxMessageBytes: 10_000 } });
  const outcomes: unknown[] = [];
  for (const path of ['fail', 'bigint', 'large']) {
    const { message, data } = await clientErrorOf(trpc.query(path));
    outcomes.push([data?.code, message]);
  }
  expect(outcomes).toEqual([
    ['INTERNAL_SERVER_ERROR', 'Internal server error'],
    ['INTERNAL_SERVER_ERROR', 'The result cannot be serialized'],
    ['PAYLOAD_TOO_LARGE', expect.stringContaining('10000')],
  ]);
  expect(reported.items).toEqual([
    'unspeakable',
    'the formatter is broken',
    'The result cannot be serialized',
    expect.stringContaining('10000'),
  ]);
});

test('[48] an onError that throws or rejects harms nothing', async (open) => {
  const failures = [
    () => {
      throw new Error('onError throws');
    },
    () => Promise.reject(new Error('onError rejects')),
  ];
  const { trpc, logged } = await open({ handler: { onError: () => failures.shift()?.() as never } });
  const uncaught = await collectUncaught(async () => {
    await clientErrorOf(trpc.query('nowhere'));
    await clientErrorOf(trpc.query('nowhere'));
    expect(await trpc.query('echo', 1)).toBe(1);
  });
  expect([uncaught, failures]).toEqual([[], []]);
  expect(logged.items).toEqual([
    expect.stringContaining('onError throws'),
    expect.stringContaining('onError rejects'),
  ]);
});

test('[50] createContext runs once per message and is told of it; its rejection is the error of that call, told once', async (open) => {
  const given: CreateKafkaContextOptions[] = [];
  const createContext = (options: CreateKafkaContextOptions): object => {
    given.push(options);
    if (given.length > 1) throw new TRPCError({ code: 'UNAUTHORIZED', message: 'who are you?' });
    return {};
  };
  const { trpc, reported } = await open({ router: anyRouter, handler: { createContext } });
  expect(await trpc.query('echo', 'x')).toBe('x');
  const { data } = await clientErrorOf(trpc.query('echo', 'y'));
  expect(data).toMatchObject({ code: 'UNAUTHORIZED', path: 'echo' });
  expect([given.length, reported.items]).toEqual([2, ['who are you?']]);
  const info = given[0]!.info;
  expect(info).toMatchObject({ type: 'query', isBatchCall: false, connectionParams: null, url: null });
  expect(info.calls).toEqual([
    expect.objectContaining({ path: 'echo', procedure: anyRouter._def.procedures.echo, batchIndex: 0 }),
  ]);
  expect([await info.calls[0]!.getRawInput(), info.calls[0]!.result()]).toEqual(['x', 'x']);
});

test('[51] createContext may be left out exactly where the context is empty', async (open) => {
  const { trpc, handler } = await open({ router: anyRouter });
  expect(await trpc.query('echo', 1)).toBe(1);
  expect(handler.counters().calls).toBe(1);
  const c = initTRPC.context<{ user: string }>().create();
  const router = c.router({ who: c.procedure.query(({ ctx }) => ctx.user) });
  // Compiled, never run: the types are what is tested.
  const compiled = (kafka: Parameters<typeof applyKafkaHandler>[0]['kafka']): void => {
    applyKafkaHandler<typeof anyRouter>({ kafka, service: 'x', router: anyRouter });
    applyKafkaHandler<typeof router>({ kafka, service: 'x', router, createContext: () => ({ user: 'Ada' }) });
    // @ts-expect-error the router's context is not empty
    applyKafkaHandler<typeof router>({ kafka, service: 'x', router });
  };
  expect(compiled).toBeTypeOf('function');
});

test('[52] connectionParams reach createContext; others than texts are PARSE_ERROR', async (open) => {
  const seen = createCollector<unknown>();
  const createContext = ({ info }: CreateKafkaContextOptions): object => {
    seen.add(info.connectionParams);
    return {};
  };
  const arena = await open({ router: anyRouter, handler: { createContext } });
  const call = { method: 'query', params: { path: 'echo' } };
  await writeRequest(arena, { id: 1, ...call, kafka: { connectionParams: { token: 'abc' } } });
  await writeRequest(arena, { id: 2, ...call, kafka: { connectionParams: { token: 7 } } });
  const replies = await arena.stranger.replies.count(2);
  expect(seen.items).toEqual([{ token: 'abc' }]);
  expect(replies).toContainEqual(expect.objectContaining({ kind: 'data', id: 1 }));
  const error = expect.objectContaining({ data: expect.objectContaining({ code: 'PARSE_ERROR' }) });
  expect(replies).toContainEqual(expect.objectContaining({ kind: 'error', id: 2, error }));
});

test('[53] the signals of a call abort when it is cancelled and when the handler closes', async (open) => {
  const begun = createCollector<string>();
  const aborted = createCollector<string>();
  const s = initTRPC.context<{ ofInfo: AbortSignal }>().create();
  const router = s.router({
    wait: s.procedure.input(String).mutation(({ input, ctx, signal }) => {
      signal?.addEventListener('abort', () => aborted.add(`${input}, info too: ${ctx.ofInfo.aborted}`));
      begun.add(input);
      return new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason)),
      );
    }),
  });
  const createContext = ({ info }: CreateKafkaContextOptions) => ({ ofInfo: info.signal });
  const { trpc, handler } = await open({ router, handler: { createContext } });
  const abort = new AbortController();
  const cancelled = errorOf(trpc.mutation('wait', 'cancelled', { signal: abort.signal }));
  const left = clientErrorOf(trpc.mutation('wait', 'left'));
  await begun.count(2);
  abort.abort();
  await aborted.count(1);
  await handler.close({ graceMs: 0 });
  expect(aborted.items).toEqual(['cancelled, info too: true', 'left, info too: true']);
  await cancelled;
  expect((await left).data?.code).toBe('SERVICE_UNAVAILABLE');
});

test('[54] a query that returns an async iterable, an observable or an object with promises streams', async (open) => {
  const router = t.router({
    generator: t.procedure.query(async function* () {
      yield 1;
    }),
    observable: t.procedure.query(() =>
      observable<number>((observer) => {
        observer.next(1);
        observer.complete();
      }),
    ),
    promise: t.procedure.query(() => ({ later: Promise.resolve(1), now: { subscribe: true } })),
    nested: t.procedure.mutation(() => ({
      items: (async function* () {
        yield { later: Promise.resolve(1) };
      })(),
    })),
    /** No stream, though tRPC takes it for an observable. */
    newsletter: t.procedure.query(() => ({ subscribe: true })),
  });
  const { trpc } = await open({ router });
  const first = async <TItem>(items: AsyncIterable<TItem>): Promise<TItem | undefined> => {
    for await (const item of items) return item;
    return undefined;
  };
  for (const path of ['generator', 'observable']) {
    expect([path, await first((await trpc.query(path)) as AsyncIterable<number>)]).toEqual([path, 1]);
  }
  const { later, now } = (await trpc.query('promise')) as { later: Promise<number>; now: object };
  expect([await later, now]).toEqual([1, { subscribe: true }]);
  const { items } = (await trpc.mutation('nested')) as { items: AsyncIterable<{ later: Promise<number> }> };
  expect(await (await first(items))?.later).toBe(1);
  expect(await trpc.query('newsletter')).toEqual({ subscribe: true });
});

test('[54] a caller that does not say that it reads chunks is refused, and not answered with an empty object', async (open) => {
  const router = t.router({
    generator: t.procedure.query(async function* () {
      yield 1;
    }),
    promise: t.procedure.query(() => ({ later: Promise.reject(new Error('unheard')) })),
  });
  const arena = await open({ router });
  const call = (id: number, path: string) => ({ id, method: 'query', params: { path } });
  const refused = { kind: 'error', error: { data: { code: 'UNSUPPORTED_MEDIA_TYPE' } } };
  await writeRequest(arena, call(1, 'generator'));
  expect(await arena.stranger.replies.count(1)).toMatchObject([refused]);
  await writeRequest(arena, call(2, 'promise'));
  expect(await arena.stranger.replies.count(2)).toMatchObject([refused, refused]);
  await writeRequest(arena, { ...call(3, 'generator'), kafka: { chunks: true } });
  expect((await arena.stranger.replies.count(7)).slice(2)).toMatchObject([
    { kind: 'started', seq: 0 },
    { kind: 'chunk', seq: 1, sentBytes: 0, lines: ['{"data":[[0],[null,1,0]]}'] },
    { kind: 'chunk', seq: 2, lines: ['[0,1,[[1]]]'] },
    { kind: 'chunk', seq: 3, lines: ['[0,0,[[]]]'] },
    { kind: 'stopped', seq: 4 },
  ]);
});

test('[57] a slow call holds up neither the calls behind it nor its own cancel', async (open) => {
  const { router, begun, release } = createGatedRouter();
  const aborted = createCollector<unknown>();
  const createContext = ({ info }: CreateKafkaContextOptions): object => {
    info.signal.addEventListener('abort', () => aborted.add(info.calls[0]?.result()));
    return {};
  };
  const arena = await open({ router, handler: { createContext } });
  const call = (id: number, path: string, input: string) => ({
    id,
    method: 'query',
    params: { path, input },
  });
  await writeRequest(arena, call(1, 'wait', 'slow'));
  await writeRequest(arena, call(2, 'wait', 'given up'));
  await writeRequest(arena, call(3, 'echo', 'fast'));
  expect(await arena.stranger.replies.count(1)).toMatchObject([{ id: 3, data: 'fast' }]);
  await begun.count(2);
  await writeCancel(arena, 2);
  expect(await aborted.count(1)).toEqual(['given up']);
  release('slow');
  expect(await arena.stranger.replies.count(2)).toMatchObject([{ id: 3 }, { id: 1, data: 'slow done' }]);
});

test('[58] jsonrpc is echoed in every reply to a call that had it, and to no other', async (open) => {
  const arena = await open({});
  const call = (path: string) => ({ method: 'query', params: { path } });
  await writeRequest(arena, { id: 1, jsonrpc: '2.0', ...call('echo') });
  await writeRequest(arena, { id: 2, jsonrpc: '2.0', ...call('nowhere') });
  await writeRequest(arena, { id: 3, ...call('echo') });
  const replies = await arena.stranger.replies.count(3);
  const echoed = new Map(replies.map((reply) => [reply.id, 'jsonrpc' in reply && reply.jsonrpc]));
  expect(echoed).toEqual(
    new Map<unknown, unknown>([
      [1, '2.0'],
      [2, '2.0'],
      [3, false],
    ]),
  );
});
