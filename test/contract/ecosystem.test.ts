/** Item 70 of the contract: the link at the end of other links, and under what tRPC's client offers. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  createTRPCClient,
  httpBatchLink,
  loggerLink,
  type OperationResultObservable,
  retryLink,
  safe,
  splitLink,
  TRPCClientError,
  type TRPCLink,
} from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { observable, share, tap } from '@trpc/server/observable';
import { kafkaLink } from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import { z } from 'zod';
import { connectRouter, serveRouter } from '../conformance/own-router.ts';
import type { TestRouter } from '../conformance/test-router.ts';
import { createCaseTest } from './support/case-test.ts';

const test = await createCaseTest();
const t = initTRPC.create();

test('[70] loggerLink sees each call go up and each event come down', async ({ start }) => {
  const { kafkaClient } = await start();
  const logged: string[] = [];
  const client = createTRPCClient<TestRouter>({
    links: [
      loggerLink({
        logger: ({ direction, path, ...rest }) => {
          const failed = 'result' in rest && rest.result instanceof Error;
          logged.push(`${direction} ${path}${failed ? ' failed' : ''}`);
        },
      }),
      kafkaLink({ client: kafkaClient, transformer: superjson }),
    ],
  });
  await client.calls.echo.query(1);
  await expect(client.calls.fail.query('CONFLICT')).rejects.toBeInstanceOf(TRPCClientError);
  await new Promise<void>((onComplete) => {
    client.streams.count.subscribe(1, { onComplete });
  });
  expect(logged.filter((line) => line.includes('calls.'))).toEqual([
    'up calls.echo',
    'down calls.echo',
    'up calls.fail',
    'down calls.fail failed',
  ]);
  // The state, started, the item, stopped.
  expect(logged.filter((line) => line === 'down streams.count')).toHaveLength(4);
});

test('[70] retryLink makes failed calls again', async (context) => {
  let runs = 0;
  const router = t.router({
    flaky: t.procedure.query(() => {
      if (++runs < 3) throw new TRPCError({ code: 'TIMEOUT' });
      return runs;
    }),
  });
  await serveRouter<typeof router>(context, { router });
  const { kafkaClient } = connectRouter<typeof router>(context);
  const client = createTRPCClient<typeof router>({
    links: [retryLink({ retry: ({ attempts }) => attempts <= 3 }), kafkaLink({ client: kafkaClient })],
  });
  expect([await client.flaky.query(), runs]).toEqual([3, 3]);
});

test('[70] splitLink, with arrays of links, and HTTP on the other side', async (context) => {
  const router = t.router({
    whence: t.procedure.input(z.string()).query(({ input }) => `query ${input}`),
    change: t.procedure.input(z.string()).mutation(({ input }) => `mutation ${input}`),
    count: t.procedure.subscription(async function* () {
      yield* [1, 2];
    }),
  });
  await serveRouter<typeof router>(context, { router });
  const { kafkaClient } = connectRouter<typeof router>(context);
  const server = createHTTPServer({ router });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.defer(() => new Promise((resolve) => server.close(resolve)));
  const passed: string[] = [];
  const note =
    (side: string): TRPCLink<typeof router> =>
    () =>
    ({ op, next }) => {
      passed.push(`${side}: ${op.type}`);
      return next(op);
    };
  const { port } = server.address() as AddressInfo;
  const client = createTRPCClient<typeof router>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'query',
        true: [note('http'), httpBatchLink({ url: `http://127.0.0.1:${port}` })],
        false: [note('kafka'), kafkaLink({ client: kafkaClient })],
      }),
    ],
  });
  expect(await client.whence.query('a')).toBe('query a');
  expect(await client.change.mutate('b')).toBe('mutation b');
  const items: number[] = [];
  for await (const item of client.count.subscribe()) items.push(item);
  expect(items).toEqual([1, 2]);
  expect(passed).toEqual(['http: query', 'kafka: mutation', 'kafka: subscription']);
  expect(kafkaClient.counters().calls).toBe(2);
});

test('[70] a custom link that shares equal queries in flight', async ({ start }) => {
  const { kafkaClient } = await start();
  const inFlight = new Map<string, OperationResultObservable<TestRouter, unknown>>();
  const dedupe: TRPCLink<TestRouter> =
    () =>
    ({ op, next }) => {
      const key = JSON.stringify([op.path, op.input]);
      const shared = inFlight.get(key) ?? next(op).pipe(share());
      inFlight.set(key, shared);
      return observable((observer) =>
        shared.pipe(tap({ complete: () => void inFlight.delete(key) })).subscribe(observer),
      );
    };
  const client = createTRPCClient<TestRouter>({
    links: [dedupe, kafkaLink({ client: kafkaClient, transformer: superjson })],
  });
  const asked = ['a', 'a', 'b', 'a'].map((input) => client.calls.echo.query(input));
  expect(await Promise.all(asked)).toEqual(['a', 'a', 'b', 'a']);
  expect([kafkaClient.counters().calls, inFlight.size]).toEqual([2, 0]);
});

test('[70] safe() gives the data or the typed error', async ({ start }) => {
  const { client } = await start();
  expect(await safe(client.calls.echo.query(1))).toEqual([1, undefined]);
  const [data, error] = await safe(client.calls.checked.query({ n: 'one' as never }));
  expect(data).toBeUndefined();
  expect(error).toBeInstanceOf(TRPCClientError);
});

test('[70] a subscription without callbacks is an iterator that break and an aborted signal end', async ({
  start,
  log,
}) => {
  const { client } = await start();
  const items: number[] = [];
  for await (const item of client.streams.count.subscribe(3)) items.push(item);
  expect(items).toEqual([0, 1, 2]);
  await log.until('finally', 1);
  for await (const item of client.streams.idle.subscribe()) {
    expect(item).toBe('first');
    break;
  }
  await log.until('finally', 2);
  const controller = new AbortController();
  for await (const _item of client.streams.idle.subscribe(undefined, { signal: controller.signal })) {
    controller.abort();
  }
  await log.until('finally', 3);
  await expect(client.streams.failAfter.subscribe(0).next()).rejects.toThrow('half-way');
});

test('[70] an iterator: aborted before it began sends nothing; tracked events; return() before the first item; one loop each', async ({
  start,
  log,
}) => {
  const { client, kafkaClient } = await start();
  const { streams } = client;
  for await (const _item of streams.idle.subscribe(undefined, { signal: AbortSignal.abort() })) {
    throw new Error('it was aborted');
  }
  expect(kafkaClient.counters().calls).toBe(0);
  const events: unknown[] = [];
  for await (const event of streams.tracked.subscribe()) events.push(event);
  expect(events).toEqual([1, 2, 3].map((n) => ({ id: String(n), data: { n } })));
  await streams.idle.subscribe().return?.();
  const [left, right] = [streams.count.subscribe(2), streams.count.subscribe(3)];
  const items: number[][] = [[], []];
  for await (const item of left) items[0]!.push(item);
  for await (const item of right) items[1]!.push(item);
  expect(items).toEqual([
    [0, 1],
    [0, 1, 2],
  ]);
  await log.until('finally', 2);
});

test('[70] safe() gives failures of the client, too', async ({ start, log }) => {
  const { client } = await start();
  const controller = new AbortController();
  const aborted = safe(client.calls.hang.query('a', { signal: controller.signal }));
  await log.until('begun a');
  controller.abort();
  expect((await aborted)[1]?.cause?.name).toBe('AbortError');
  expect(await safe(client.calls.change.mutate({ n: 1 }))).toEqual([{ n: 1 }, undefined]);
});
