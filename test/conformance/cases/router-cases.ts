/** Routers of other makes: without a transformer, loaded late, with middlewares, several services in one process. */
import type { TRPCClientError } from '@trpc/client';
import { initTRPC, lazy, TRPCError } from '@trpc/server';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaService } from '@trpc-kafka/core';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ConformanceCase } from '../conformance-case.ts';
import { connectRouter, serveRouter } from '../own-router.ts';

const t = initTRPC.create();
const c = initTRPC.context<CreateKafkaContextOptions>().create();

const plainRouter = t.router({
  echo: t.procedure.input(z.unknown()).query(({ input }) => input),
  nothing: t.procedure.mutation(() => {}),
  refuse: t.procedure.query(() => {
    throw new TRPCError({ code: 'CONFLICT', message: 'taken' });
  }),
  count: t.procedure.subscription(async function* () {
    yield* [1, 2, 3];
  }),
});
type PlainRouter = typeof plainRouter;

const fromRouter = c.router({ from: c.procedure.query(({ ctx }) => ctx.req.from) });

function sibling(service: KafkaService): KafkaService {
  const few = { partitions: 1 };
  return defineKafkaService({
    name: `${service.name}-sibling`,
    topics: { requests: few, oneWay: few, control: few, replies: few },
  });
}

export const routerCases: readonly ConformanceCase[] = [
  {
    name: 'without a transformer values are JSON, there and back',
    async run(context) {
      await serveRouter<PlainRouter>(context, { router: plainRouter });
      const { client } = connectRouter<PlainRouter>(context);
      const values = [undefined, null, 0, false, '', 'ü€𝄞', [1, null], { a: { b: [] } }];
      expect(await Promise.all(values.map((value) => client.echo.query(value)))).toEqual(values);
      expect(await client.echo.query(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
      expect(await client.nothing.mutate()).toBeUndefined();
      const items: number[] = [];
      for await (const item of client.count.subscribe()) items.push(item);
      expect(items).toEqual([1, 2, 3]);
      await expect(client.refuse.query()).rejects.toMatchObject({
        name: 'TRPCClientError',
        message: 'taken',
        shape: { message: 'taken', code: -32009 },
        data: { code: 'CONFLICT', httpStatus: 409, path: 'refuse' },
      });
    },
  },
  {
    name: 'a lazy router is loaded once, by the first call that needs it',
    async run(context) {
      let loads = 0;
      const inner = t.router({ greet: t.procedure.input(z.string()).query(({ input }) => `hello ${input}`) });
      const router = t.router({
        later: lazy(async () => {
          loads++;
          return { inner };
        }),
        now: t.procedure.query(() => 'now'),
      });
      await serveRouter<typeof router>(context, { router });
      const { client } = connectRouter<typeof router>(context);
      expect(await client.now.query()).toBe('now');
      expect(loads).toBe(0);
      const answers = await Promise.all(['a', 'b', 'c'].map((name) => client.later.greet.query(name)));
      expect([answers, loads]).toEqual([['hello a', 'hello b', 'hello c'], 1]);
      const untyped = client.later as never as { missing: { query(): Promise<unknown> } };
      await expect(untyped.missing.query()).rejects.toMatchObject({
        data: { code: 'NOT_FOUND' },
      });
    },
  },
  {
    name: 'middlewares see the call, add to its context, and refuse it',
    async run(context) {
      const seen: unknown[] = [];
      const guarded = c.procedure.use(({ ctx, path, type, signal, next }) => {
        seen.push([path, type, signal?.aborted]);
        const user = ctx.req.headers['x-user'];
        if (user === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' });
        return next({ ctx: { user } });
      });
      const router = c.router({
        whoAmI: guarded.query(({ ctx }) => ctx.user),
        broken: guarded
          .use(() => {
            throw new Error('broken middleware');
          })
          .mutation(() => 'never'),
      });
      await serveRouter<typeof router>(context, { router, createContext: (given) => given });
      const anonymous = connectRouter<typeof router>(context).client;
      const { client } = connectRouter<typeof router>(context, { headers: { 'x-user': 'ada' } });
      expect(await client.whoAmI.query()).toBe('ada');
      await expect(anonymous.whoAmI.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } });
      await expect(client.broken.mutate()).rejects.toMatchObject({
        message: 'broken middleware',
        data: { code: 'INTERNAL_SERVER_ERROR', path: 'broken' },
      });
      expect(seen).toEqual([
        ['whoAmI', 'query', false],
        ['whoAmI', 'query', false],
        ['broken', 'mutation', false],
      ]);
    },
  },
  {
    name: 'one process calls two services and reads the replies of both from one inbox',
    async run(context) {
      const other = sibling(context.service);
      const served = { router: fromRouter, createContext: (given: CreateKafkaContextOptions) => given };
      await Promise.all([
        serveRouter<typeof fromRouter>(context, served),
        serveRouter<typeof fromRouter>(context, { ...served, service: other }),
      ]);
      const kafka = context.createSource();
      const first = connectRouter<typeof fromRouter>(context, { kafka });
      const second = connectRouter<typeof fromRouter>(context, { kafka, service: other });
      const [a, b] = await Promise.all([first.client.from.query(), second.client.from.query()]);
      expect(a).toBe(b);
      await first.kafkaClient.close();
      expect(await second.client.from.query()).toBe(b);
    },
  },
  {
    name: 'a resolver calls another service over the Kafka client it is served with',
    async run(context) {
      const other = sibling(context.service);
      const kafka = context.createSource();
      await serveRouter<PlainRouter>(context, { router: plainRouter, service: other, kafka });
      const { client: backend } = connectRouter<PlainRouter>(context, { kafka, service: other });
      const router = t.router({
        ask: t.procedure.input(z.number()).query(({ input }) => backend.echo.query(input)),
        askInVain: t.procedure.query(() => backend.refuse.query()),
      });
      await serveRouter<typeof router>(context, { router, kafka });
      const { client } = connectRouter<typeof router>(context);
      const numbers = Array.from({ length: 20 }, (_, n) => n);
      expect(await Promise.all(numbers.map((n) => client.ask.query(n)))).toEqual(numbers);
      const error: unknown = await client.askInVain.query().catch((caught: unknown) => caught);
      expect((error as TRPCClientError<typeof router>).message).toBe('taken');
    },
  },
];
