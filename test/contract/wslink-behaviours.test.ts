/** What tRPC's own tests of wsLink hold it to, where no other test here asks the same of ours. */
import { EventEmitter, on } from 'node:events';
import { runInNewContext } from 'node:vm';
import type { TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { observable } from '@trpc/server/observable';
import { createKafkaEmitter } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { errorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { createArenaTest, writeRequest } from './support/arena-test.ts';

const test = await createArenaTest();
const t = initTRPC.create();
const passing = t.procedure.input((input) => input);

test('[17] undefined and null survive as items of a stream', async (open) => {
  const router = t.router({
    gaps: t.procedure.subscription(async function* () {
      yield* [null, undefined, 0, ''];
    }),
  });
  const { trpc } = await open({ router });
  const items: unknown[] = [];
  for await (const item of trpc.subscription('gaps', undefined)) items.push(item);
  expect(items).toEqual([null, undefined, 0, '']);
});

test('[26] an observable that fails after items: the items, the error, no end, and its teardown has run', async (open) => {
  const tornDown = createCollector<string>();
  const router = t.router({
    observed: t.procedure.subscription(() =>
      observable<number>((observer) => {
        observer.next(1);
        observer.next(2);
        observer.error(new TRPCError({ code: 'CONFLICT', message: 'half-way' }));
        return () => tornDown.add('torn down');
      }),
    ),
  });
  const { trpc } = await open({ router });
  const told: unknown[] = [];
  await new Promise<void>((resolve) => {
    const subscription = trpc.subscription('observed', undefined, {
      onStarted: () => told.push('started'),
      onData: (item) => told.push(item),
      onStopped: () => told.push('stopped'),
      onComplete: () => told.push('complete'),
      onError(error) {
        told.push(error.message);
        // Too late to be told an end.
        subscription.unsubscribe();
        resolve();
      },
    });
  });
  expect(told).toEqual(['started', 1, 2, 'half-way']);
  await tornDown.count(1);
});

test('[25] what listens by the signal has stopped when the subscriber has left', async (open) => {
  const events = new EventEmitter();
  const log = createCollector<unknown>();
  const router = t.router({
    listen: t.procedure.subscription(async function* ({ signal }) {
      const heard = on(events, 'event', { signal: signal! });
      log.add('listens');
      try {
        for await (const [event] of heard) yield event as string;
      } finally {
        log.add(`listeners left: ${events.listenerCount('event')}`);
      }
    }),
  });
  const { trpc } = await open({ router });
  const subscription = trpc.subscription('listen', undefined, { onData: (item) => log.add(item) });
  await log.count(1);
  events.emit('event', 'first');
  events.emit('event', 'second');
  await log.count(3);
  subscription.unsubscribe();
  expect(await log.count(4)).toEqual(['listens', 'first', 'second', 'listeners left: 0']);
});

test('[42] procedures may be named as properties of every object, and middlewares read the raw input', async (open) => {
  const seen: unknown[] = [];
  const router = t.router({
    toString: passing
      .use(async ({ getRawInput, next }) => {
        seen.push(await getRawInput(), await getRawInput());
        return next();
      })
      .query(({ input }) => input),
    hasOwnProperty: t.router({ valueOf: t.procedure.query(() => 'nested') }),
  });
  const { trpc } = await open({ router });
  expect(await trpc.query('toString', { n: 1 })).toEqual({ n: 1 });
  expect(await trpc.query('hasOwnProperty.valueOf')).toBe('nested');
  expect(seen).toEqual([{ n: 1 }, { n: 1 }]);
});

test('[43] what goes up and what comes down have transformers of their own, each run once and in order', async (open) => {
  const runs = createCollector<string>();
  const wrap = (name: string) => ({
    serialize(value: unknown) {
      runs.add(`${name} serializes`);
      return { [name]: value };
    },
    deserialize(value: unknown) {
      runs.add(`${name} deserializes`);
      return (value as Record<string, unknown>)[name];
    },
  });
  const transformer = { input: wrap('up'), output: wrap('down') };
  const own = initTRPC.create({ transformer });
  const run = own.procedure.input((input) => {
    runs.add('runs');
    return input;
  });
  const router = own.router({
    echo: run.query(({ input }) => input),
    fail: run.query(() => {
      throw new TRPCError({ code: 'CONFLICT', message: 'no' });
    }),
    stream: run.subscription(async function* ({ input }) {
      yield input;
    }),
    note: run.mutation(() => runs.add('noted')),
  });
  const arena = await open({ router, transformer });
  let taken = 0;
  const take = (): string[] => {
    const news = runs.items.slice(taken);
    taken += news.length;
    return news;
  };
  const order = ['up serializes', 'up deserializes', 'runs', 'down serializes', 'down deserializes'];
  expect([await arena.trpc.query('echo', 1), take()]).toEqual([1, order]);
  const error = await errorOf(arena.trpc.query('fail', 1));
  expect([(error as TRPCClientError<typeof router>).data?.code, take()]).toEqual(['CONFLICT', order]);
  for await (const item of arena.trpc.subscription('stream', 2)) expect(item).toBe(2);
  expect(take()).toEqual(order);
  const emitter = createKafkaEmitter<typeof router>({ client: arena.client, transformer });
  await emitter.note('one way');
  await runs.until((all) => all.includes('noted'), 'the one-way call');
  expect(take()).toEqual(['up serializes', 'up deserializes', 'runs', 'noted']);
});

test('[45] what was thrown is the cause that onError and the formatter are given, also an error of another realm', async (open) => {
  class SoldOut extends Error {}
  const causes: unknown[] = [];
  const formatting = initTRPC.create({
    errorFormatter({ shape, error }) {
      causes.push(error.cause);
      return { ...shape, data: { ...shape.data, isSoldOut: error.cause instanceof SoldOut } };
    },
  });
  const soldOut = new SoldOut('no seat');
  const foreign = runInNewContext('new Error("thrown elsewhere")') as Error;
  const router = formatting.router({
    own: formatting.procedure.query(() => {
      throw soldOut;
    }),
    foreign: formatting.procedure.query(() => {
      throw foreign;
    }),
  });
  const onError = ({ error }: { error: TRPCError }): unknown => causes.push(error.cause);
  const { trpc } = await open({ router, handler: { onError } });
  const errors = [await errorOf(trpc.query('own')), await errorOf(trpc.query('foreign'))];
  expect(errors).toMatchObject([
    { message: 'no seat', data: { code: 'INTERNAL_SERVER_ERROR', isSoldOut: true } },
    { message: 'thrown elsewhere', data: { code: 'INTERNAL_SERVER_ERROR', isSoldOut: false } },
  ]);
  expect(causes.slice(0, 2)).toEqual([soldOut, soldOut]);
});

test('[58] jsonrpc is in everything that a subscription is told', async (open) => {
  const router = t.router({
    ends: t.procedure.subscription(async function* () {
      yield 'first';
    }),
    fails: t.procedure.subscription(async function* () {
      yield 'first';
      throw new TRPCError({ code: 'CONFLICT' });
    }),
  });
  const arena = await open({ router });
  const kafka = { credit: { items: 9, bytes: 9999 } };
  for (const [id, path] of ['ends', 'fails'].entries()) {
    await writeRequest(arena, { id, jsonrpc: '2.0', method: 'subscription', params: { path }, kafka });
  }
  const replies = await arena.stranger.replies.count(6);
  const kinds = [0, 1].map((id) => replies.filter((reply) => reply.id === id).map(({ kind }) => kind));
  expect(kinds).toEqual([
    ['started', 'data', 'stopped'],
    ['started', 'data', 'error'],
  ]);
  expect(replies.map((reply) => 'jsonrpc' in reply && reply.jsonrpc)).toEqual(Array(6).fill('2.0'));
});
