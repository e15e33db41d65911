/** Items 55, 56 and 70 of the contract over kafkaBatchLink: what tRPC users know of httpBatchLink. */
import { createTRPCClient, loggerLink, retryLink, splitLink, TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { kafkaBatchLink, kafkaLink } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { connectRouter, serveRouter } from '../conformance/own-router.ts';
import { createCaseTest } from './support/case-test.ts';

const test = await createCaseTest();

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const outcome = await call.catch((error: unknown) => error);
  return outcome instanceof TRPCClientError ? [outcome.message, outcome.data.code] : outcome;
}

test('[55] calls of one turn have their place in the batch, a call alone has 0', async ({ start }) => {
  const places: unknown[] = [];
  const createContext = ({ info: { isBatchCall, calls } }: CreateKafkaContextOptions): void =>
    void places.push([calls[0]!.path, calls[0]!.batchIndex, isBatchCall]);
  const { client } = await start({ serve: { createContext }, connect: { batch: {} } });
  await Promise.all([
    client.calls.change.mutate('a'),
    client.calls.echo.query('b'),
    client.calls.change.mutate('c'),
  ]);
  await client.calls.echo.query('alone');
  expect(places).toEqual([
    ['calls.change', 0, true],
    ['calls.echo', 1, true],
    ['calls.change', 2, true],
    ['calls.echo', 0, false],
  ]);
});

test('[56] where batching is off each call of a batch gets BAD_REQUEST, and single calls pass', async ({
  start,
}) => {
  const { client } = await start({ serve: { allowBatching: false }, connect: { batch: {} } });
  const off = ['Batching is not enabled on the server', 'BAD_REQUEST'];
  const both = [client.calls.echo.query(1), client.calls.change.mutate(2)];
  expect(await Promise.all(both.map(codeOf))).toEqual([off, off]);
  expect(await client.calls.echo.query(3)).toBe(3);
});

test('[56] a batch above maxBatchSize is refused, and maxItems keeps batches below it', async ({
  serve,
  connect,
  log,
}) => {
  await serve({ maxBatchSize: 2 });
  const names = ['a', 'b', 'c'];
  const call = (maxItems: number) => {
    const { client } = connect({ batch: { maxItems } });
    return Promise.all(names.map((name) => codeOf(client.calls.noted.mutate(name))));
  };
  const over = ['Batch call exceeds maximum size', 'BAD_REQUEST'];
  expect(await call(3)).toEqual([over, over, over]);
  expect(log.all()).toEqual([]);
  expect(await call(2)).toEqual([undefined, undefined, undefined]);
  expect(log.all().toSorted()).toEqual(names);
});

test('[70] behind loggerLink, retryLink and splitLink calls share a record, and one that is tried again is so alone', async (context) => {
  const seen: string[] = [];
  let failures = 0;
  const t = initTRPC.context<CreateKafkaContextOptions>().create();
  const router = t.router({
    flaky: t.procedure.query(({ ctx }) => {
      seen.push(`flaky ${ctx.info.isBatchCall}`);
      if (failures++ === 0) throw new TRPCError({ code: 'TIMEOUT' });
      return 'at last';
    }),
    change: t.procedure.mutation(({ ctx }) => {
      seen.push(`change ${ctx.info.isBatchCall}`);
    }),
    count: t.procedure.subscription(async function* () {
      yield* [1, 2];
    }),
  });
  await serveRouter<typeof router>(context, { router, createContext: (opts) => opts });
  const { kafkaClient } = connectRouter<typeof router>(context);
  await kafkaClient.ready();
  const logged: string[] = [];
  const client = createTRPCClient<typeof router>({
    links: [
      loggerLink({ logger: ({ direction, path }) => logged.push(`${direction} ${path}`) }),
      retryLink({ retry: ({ op, attempts }) => op.type === 'query' && attempts < 3 }),
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: kafkaLink({ client: kafkaClient }),
        false: [kafkaBatchLink({ client: kafkaClient })],
      }),
    ],
  });
  expect(await Promise.all([client.flaky.query(), client.change.mutate()])).toEqual(['at last', undefined]);
  expect(seen).toEqual(['flaky true', 'change true', 'flaky false']);
  expect(logged.toSorted()).toEqual(['down change', 'down flaky', 'up change', 'up flaky']);
  const items: number[] = [];
  for await (const item of client.count.subscribe()) items.push(item);
  expect(items).toEqual([1, 2]);
});
