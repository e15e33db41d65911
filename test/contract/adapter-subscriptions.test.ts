/** Items 49 and 60 to 66 of the contract: what a tRPC server may expect of the adapter that streams its subscriptions. */
import { TRPCClientError } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { expect } from 'vitest';
import type { Arena } from '../hostile-input/support/arena.ts';
import { createCollector } from '../support/collector.ts';
import { forceGc } from '../support/force-gc.ts';
import { createArenaTest, writeCancel, writeRequest } from './support/arena-test.ts';

const test = await createArenaTest();
const t = initTRPC.create();
const passing = t.procedure.input((input) => input);
const echo = passing.query(({ input }) => input);

/** Subscribes and notes what the subscriber is told. */
function follow({ trpc }: Arena, path: string, input?: unknown) {
  const told = createCollector<unknown>();
  const subscription = trpc.subscription(path, input, {
    onStarted: () => told.add('started'),
    onData: (data) => told.add(data),
    onStopped: () => told.add('stopped'),
    onComplete: () => told.add('complete'),
    onError: (error) => told.add(error),
  });
  const until = (what: unknown) => told.until((all) => all.includes(what), String(what));
  return { told, unsubscribe: () => subscription.unsubscribe(), until };
}

/** Never resolves; rejects with the reason of the abort. */
function whenAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
}

/** An iterator made by hand notes all that is done to it. */
function createIterator(steps: {
  next: () => Promise<IteratorResult<unknown>>;
  onReturn?: () => void | Promise<void>;
}): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: steps.next,
      async return() {
        await steps.onReturn?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

test('[49] the AbortError of a stopped subscription is not told to onError, what its teardown throws is', async (open) => {
  const ended = createCollector<string>();
  const tearDown = (input: unknown): void => {
    ended.add(String(input));
    if (input === 'bad') throw new Error('the teardown is broken');
  };
  const router = t.router({
    echo,
    idle: passing.subscription(async function* ({ input, signal }) {
      try {
        yield input;
        await whenAborted(signal);
      } finally {
        tearDown(input);
      }
    }),
  });
  const arena = await open({ router });
  for (const input of ['good', 'bad']) {
    const stream = follow(arena, 'idle', input);
    await stream.until(input);
    stream.unsubscribe();
    await ended.until((all) => all.includes(input), 'the teardown');
  }
  await arena.reported.count(1);
  expect(await arena.trpc.query('echo', 1)).toBe(1);
  expect(arena.reported.items).toEqual(['the teardown is broken']);
});

test('[60] a stop that comes while the context is made, or before the call itself, cancels the call', async (open) => {
  const log = createCollector<string>();
  const letGo = createCollector<string>();
  const router = t.router({
    echo,
    stream: passing.subscription(({ signal }) => {
      log.add(`resolver, aborted: ${signal?.aborted}`);
      return createIterator({ next: async () => ({ done: true, value: undefined }) });
    }),
  });
  const arena = await open({
    router,
    handler: {
      async createContext({ info }) {
        if (info.type !== 'subscription') return {};
        log.add('context');
        info.signal.addEventListener('abort', () => log.add('abort'));
        await letGo.count(1);
        return {};
      },
    },
  });
  const call = (id: number) => ({ id, method: 'subscription', params: { path: 'stream' } });
  await writeRequest(arena, call(1));
  await log.count(1);
  // The first is for a call that is yet to come; once the second has arrived, so has it.
  await writeCancel(arena, 3);
  await writeCancel(arena, 1);
  await log.count(2);
  await writeRequest(arena, call(3));
  letGo.add('go');
  expect(await log.count(3)).toEqual(['context', 'abort', 'resolver, aborted: true']);
  // Nothing of either stream was sent, not even that it started.
  await writeRequest(arena, { id: 2, method: 'query', params: { path: 'echo' } });
  expect(await arena.stranger.replies.count(1)).toMatchObject([{ id: 2 }]);
  expect([log.items.length, arena.handler.counters().cancelled]).toEqual([3, 2]);
});

test('[61] an id that is delivered again while its call runs is the same call: it runs and is answered once', async (open) => {
  const begun = createCollector<string>();
  const letGo = createCollector<string>();
  const router = t.router({
    echo,
    once: t.procedure.mutation(async () => {
      begun.add('begun');
      await letGo.count(1);
      return begun.items.length;
    }),
  });
  const arena = await open({ router });
  const call = { id: 1, method: 'mutation', params: { path: 'once' } };
  await writeRequest(arena, call);
  await writeRequest(arena, call);
  await writeRequest(arena, { id: 2, method: 'query', params: { path: 'echo', input: 'behind' } });
  await arena.stranger.replies.count(1);
  letGo.add('go');
  await arena.stranger.replies.count(2);
  await writeRequest(arena, { id: 3, method: 'query', params: { path: 'echo', input: 'last' } });
  const replies = await arena.stranger.replies.count(3);
  expect(replies).toMatchObject([
    { id: 2, data: 'behind' },
    { id: 1, data: 1 },
    { id: 3, data: 'last' },
  ]);
});

test('[62] lastEventId is merged into objects, stands in for no input, and leaves other inputs alone', async (open) => {
  const router = t.router({
    input: passing.subscription(async function* ({ input }) {
      yield { input };
    }),
  });
  const arena = await open({ router });
  const credit = { items: 9, bytes: 9999 };
  const cases = [
    [{ from: 'FRA' }, { from: 'FRA', lastEventId: 'e7' }],
    [{ lastEventId: 'e1' }, { lastEventId: 'e7' }],
    [undefined, { lastEventId: 'e7' }],
    [null, { lastEventId: 'e7' }],
    ['text', 'text'],
    [[1], [1]],
    [0, 0],
  ];
  for (const [id, [input]] of cases.entries()) {
    const params = { path: 'input', lastEventId: 'e7', input };
    await writeRequest(arena, { id, method: 'subscription', params, kafka: { credit } });
  }
  const { replies } = arena.stranger;
  await replies.until(
    (all) => all.filter(({ kind }) => kind === 'stopped').length === cases.length,
    'the ends',
  );
  const items = replies.items.flatMap((reply) => (reply.kind === 'data' ? [[reply.id, reply.data]] : []));
  expect(new Map(items as [number, unknown][])).toEqual(
    new Map(cases.map(([, input], id) => [id, { input }])),
  );
});

test('[63] observables and iterables stream; anything else is INTERNAL_SERVER_ERROR', async (open) => {
  const router = t.router({
    observed: t.procedure.subscription(() =>
      observable<number>((observer) => {
        observer.next(1);
        observer.complete();
      }),
    ),
    generated: t.procedure.subscription(async function* () {
      yield 1;
    }),
    neither: t.procedure.subscription((() => 'text') as never),
  });
  const arena = await open({ router });
  for (const path of ['observed', 'generated']) {
    expect([path, ...(await follow(arena, path).until('complete'))]).toEqual([
      path,
      'started',
      1,
      'stopped',
      'complete',
    ]);
  }
  const [error] = await follow(arena, 'neither').told.count(1);
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(error).toMatchObject({
    message: expect.stringContaining('did not return an observable or a AsyncGenerator'),
    data: { code: 'INTERNAL_SERVER_ERROR' },
  });
});

test('[64] started is sent when the resolver has returned; when it was stopped before, its iterator is disposed unread', async (open) => {
  const log = createCollector<string>();
  const letGo = createCollector<string>();
  const router = t.router({
    echo,
    stream: t.procedure.subscription(async ({ signal }) => {
      signal?.addEventListener('abort', () => log.add('abort'));
      log.add('resolver');
      await letGo.count(1);
      return createIterator({
        async next() {
          log.add('next');
          return { done: true, value: undefined };
        },
        onReturn: () => log.add('return'),
      });
    }),
  });
  const arena = await open({ router });
  const stream = follow(arena, 'stream');
  await log.count(1);
  // A call behind it is answered, and yet there is no `started`.
  await arena.trpc.query('echo');
  expect(stream.told.items).toEqual([]);
  stream.unsubscribe();
  await log.count(2);
  letGo.add('go');
  await log.until((all) => all.includes('return'), 'the disposal');
  expect(log.items).toEqual(['resolver', 'abort', 'return']);
  const second = follow(arena, 'stream');
  expect(await second.until('complete')).toEqual(['started', 'stopped', 'complete']);
});

test('[65] a stream that waits keeps none of the items that it has sent', async (open) => {
  const items: WeakRef<object>[] = [];
  const router = t.router({
    stream: t.procedure.subscription(({ signal }) =>
      createIterator({
        async next() {
          if (items.length === 500) return whenAborted(signal);
          const value = { n: items.length };
          items.push(new WeakRef(value));
          return { done: false, value };
        },
      }),
    ),
  });
  const arena = await open({ router });
  const stream = follow(arena, 'stream');
  await stream.told.count(501);
  await forceGc();
  expect(items.filter((item) => item.deref() !== undefined)).toHaveLength(0);
  stream.unsubscribe();
});

test('[66] an end disposes the iterator before the subscriber hears of it; the signal aborts first, unless the stream was complete', async (open) => {
  const log = createCollector<string>();
  const letGo = createCollector<string>();
  const router = t.router({
    echo,
    stream: passing.subscription(({ input, signal }) =>
      createIterator({
        async next() {
          if (input === 'fails') throw new Error('half-way');
          if (input === 'completes') return { done: true, value: undefined };
          log.add('waits');
          return whenAborted(signal);
        },
        async onReturn() {
          log.add(`${String(input)}: return, aborted: ${signal?.aborted}`);
          await letGo.count(1);
          throw new Error(`${String(input)}: disposal is broken`);
        },
      }),
    ),
  });
  const arena = await open({ router });
  const completes = follow(arena, 'stream', 'completes');
  await log.count(1);
  // Replies come in order: had `stopped` been sent while the disposal goes on, it would be here before this answer.
  await arena.trpc.query('echo');
  expect(completes.told.items).toEqual(['started']);
  letGo.add('go');
  expect(await completes.until('complete')).toEqual(['started', 'stopped', 'complete']);
  const fails = follow(arena, 'stream', 'fails');
  expect(await fails.told.count(2)).toMatchObject(['started', { message: 'half-way' }]);
  const waits = follow(arena, 'stream', 'is stopped');
  await log.until((all) => all.includes('waits'), 'the item');
  waits.unsubscribe();
  await arena.reported.count(4);
  expect(log.items).toEqual([
    'completes: return, aborted: false',
    'fails: return, aborted: true',
    'waits',
    'is stopped: return, aborted: true',
  ]);
  expect(arena.reported.items).toEqual([
    'completes: disposal is broken',
    'fails: disposal is broken',
    'half-way',
    'is stopped: disposal is broken',
  ]);
});

test('[66] the id of a stream that has ended is free again', async (open) => {
  const router = t.router({
    stream: t.procedure.subscription(async function* () {
      yield 1;
    }),
  });
  const arena = await open({ router });
  const call = {
    id: 1,
    method: 'subscription',
    params: { path: 'stream' },
    kafka: { credit: { items: 9, bytes: 999 } },
  };
  await writeRequest(arena, call);
  const { replies } = arena.stranger;
  await replies.count(3);
  await writeRequest(arena, call);
  expect((await replies.count(6)).map(({ kind }) => kind)).toEqual([
    'started',
    'data',
    'stopped',
    'started',
    'data',
    'stopped',
  ]);
});

test('[67] a subscriber that has vanished is sent no more than it asked for, and its stream is disposed when the handler closes', async (open) => {
  const log = createCollector<unknown>();
  const router = t.router({
    echo,
    stream: t.procedure.subscription(() => {
      let n = 0;
      return createIterator({
        async next() {
          log.add(++n);
          return { done: false, value: n };
        },
        onReturn: () => log.add('return'),
      });
    }),
  });
  const arena = await open({ router });
  const credit = { items: 3, bytes: 9999 };
  await writeRequest(arena, { id: 1, method: 'subscription', params: { path: 'stream' }, kafka: { credit } });
  const { replies } = arena.stranger;
  await replies.count(4);
  await writeRequest(arena, { id: 2, method: 'query', params: { path: 'echo' } });
  expect((await replies.count(5)).map(({ id }) => id)).toEqual([1, 1, 1, 1, 2]);
  await arena.handler.close({ graceMs: 0 });
  expect(log.items).toEqual([1, 2, 3, 'return']);
});
