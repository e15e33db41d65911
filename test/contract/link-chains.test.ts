/** Item 70 of the contract: links of tRPC's and of users' own that retry, choose, share and change calls in front of ours. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  createTRPCClient,
  httpLink,
  type OperationResultObservable,
  retryLink,
  splitLink,
  TRPCClientError,
  type TRPCLink,
} from '@trpc/client';
import { TRPCError } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { share, tap } from '@trpc/server/observable';
import { kafkaBatchLink, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import { type TestContext, type TestRouter, testRouter } from '../conformance/test-router.ts';
import { errorOf } from '../support/call-error.ts';
import { createEventLog } from '../support/event-log.ts';
import { createCaseTest } from './support/case-test.ts';
import { startRawServer } from './support/raw-server.ts';

const test = await createCaseTest();

async function clientErrorOf(call: Promise<unknown>): Promise<TRPCClientError<TestRouter>> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as TRPCClientError<TestRouter>;
}

test('[70] retryLink: a call that nobody answered is a new call when it is made again', async (context) => {
  const { kafkaClient } = context.connect({ timeoutMs: 2000 });
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const causes: unknown[] = [];
  const retry = retryLink<TestRouter>({
    retry({ error, attempts }) {
      causes.push((error.cause as { code?: string }).code);
      return attempts < 2;
    },
  });
  const client = createTRPCClient<TestRouter>({
    links: [retry, kafkaLink({ client: kafkaClient, transformer: superjson })],
  });
  const answer = client.calls.echo.query('again');
  const [first, second] = await server.requests.count(2);
  expect([second!.id === first!.id, second!.params]).toEqual([false, first!.params]);
  await server.reply(second!, { id: second!.id, result: { data: second!.params.input } });
  expect([await answer, causes]).toEqual(['again', ['TIMEOUT']]);
});

test('[70] retryLink: a caller who leaves is left alone, and the attempt of his is cancelled', async ({
  start,
  log,
}) => {
  const { kafkaClient } = await start();
  const retry = retryLink<TestRouter>({ retry: () => true });
  const client = createTRPCClient<TestRouter>({
    links: [retry, kafkaLink({ client: kafkaClient, transformer: superjson })],
  });
  const controller = new AbortController();
  const left = clientErrorOf(client.calls.hang.query('left', { signal: controller.signal }));
  await log.until('begun left');
  controller.abort();
  expect((await left).cause?.name).toBe('AbortError');
  await log.until('aborted left');
  expect(kafkaClient.counters().calls).toBe(1);
});

test('[70] a link that gets a new token and makes the call again, once', async ({ serve, connect }) => {
  const seen: unknown[] = [];
  await serve({
    createContext({ req }) {
      seen.push(req.headers['authorization']);
      if (req.headers['authorization'] !== 'new') throw new TRPCError({ code: 'UNAUTHORIZED' });
    },
  });
  const { kafkaClient } = connect();
  let token = 'old';
  const refresh = retryLink<TestRouter>({
    retry({ error, attempts }) {
      if (error.data?.code !== 'UNAUTHORIZED' || attempts > 1) return false;
      token = 'new';
      return true;
    },
  });
  const headers = () => ({ authorization: token });
  const client = createTRPCClient<TestRouter>({
    links: [refresh, kafkaLink({ client: kafkaClient, transformer: superjson, headers })],
  });
  expect(await client.calls.echo.query('mine')).toBe('mine');
  expect(seen).toEqual(['old', 'new']);
});

test('[70] splitLink: errors, values and aborts are the same over Kafka and over HTTP', async (context) => {
  const { kafkaClient } = await context.start();
  const log = createEventLog();
  const server = createHTTPServer({ router: testRouter, createContext: () => ({ log }) as TestContext });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.defer(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const client = createTRPCClient<TestRouter>({
    links: [
      splitLink({
        condition: ({ context: { over } }) => over === 'kafka',
        true: kafkaLink({ client: kafkaClient, transformer: superjson }),
        false: httpLink({ url: `http://127.0.0.1:${port}`, transformer: superjson }),
      }),
    ],
  });
  const logs = { kafka: context.log, http: log };
  const [overKafka, overHttp] = await Promise.all(
    (['kafka', 'http'] as const).map(async (over) => {
      const options = { context: { over } };
      const controller = new AbortController();
      const aborted = clientErrorOf(client.calls.hang.query('a', { ...options, signal: controller.signal }));
      await logs[over].until('begun a');
      controller.abort();
      await logs[over].until('aborted a');
      const invalid = await clientErrorOf(client.calls.checked.query({ n: 'one' as never }, options));
      return {
        value: await client.calls.echo.query(new Map([[1, new Date(0)]]), options),
        failed: (await clientErrorOf(client.calls.fail.query('CONFLICT', options))).message,
        invalid: [invalid.message, invalid.data?.code, invalid.data?.issues, invalid.data?.path],
        abortedWith: (await aborted).cause?.name,
      };
    }),
  );
  expect(overKafka).toEqual(overHttp);
  expect(overKafka?.abortedWith).toBe('AbortError');
});

test('[70] splitLink: batches and single calls over one client', async ({ start }) => {
  const places: string[] = [];
  const { kafkaClient } = await start({
    serve: {
      createContext: ({ info }) => void places.push(`${info.type}, batched: ${info.isBatchCall}`),
    },
  });
  const link = { client: kafkaClient, transformer: superjson };
  const client = createTRPCClient<TestRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'query',
        true: kafkaBatchLink(link),
        false: kafkaLink(link),
      }),
    ],
  });
  const { calls } = client;
  const answers = [calls.echo.query(1), calls.echo.query(2), calls.change.mutate(3), calls.change.mutate(4)];
  expect(await Promise.all(answers)).toEqual([1, 2, 3, 4]);
  expect(places.toSorted()).toEqual([
    'mutation, batched: false',
    'mutation, batched: false',
    'query, batched: true',
    'query, batched: true',
  ]);
});

test('[70] a link that shares a stream: it goes on while one subscriber stays, and ends with the last', async ({
  start,
  log,
}) => {
  const { kafkaClient } = await start();
  let shared: OperationResultObservable<TestRouter, unknown> | undefined;
  const sharing: TRPCLink<TestRouter> =
    () =>
    ({ op, next }) => {
      if (op.type !== 'subscription') return next(op);
      shared ??= next(op).pipe(share());
      return shared;
    };
  const client = createTRPCClient<TestRouter>({
    links: [sharing, kafkaLink({ client: kafkaClient, transformer: superjson })],
  });
  const onData = (): void => log.note('item');
  const [leaves, stays] = [0, 1].map(() => client.streams.idle.subscribe(undefined, { onData }));
  await log.until('item', 2);
  leaves!.unsubscribe();
  // Had the server been told, it would have ended the stream before it answers.
  expect(await client.calls.echo.query('later')).toBe('later');
  expect([kafkaClient.counters().cancels, log.count('finally')]).toEqual([0, 0]);
  stays!.unsubscribe();
  await log.until('finally');
  expect(kafkaClient.counters()).toMatchObject({ calls: 2, cancels: 1 });
});

test('[70] a link that changes an operation, and one that reads where its reply stood', async ({
  start,
  service,
}) => {
  const { kafkaClient } = await start();
  const stamp: TRPCLink<TestRouter> =
    () =>
    ({ op, next }) =>
      next({ ...op, input: [op.input], context: { ...op.context, ...kafkaContext({ key: 'stamped' }) } });
  const places: unknown[] = [];
  const read: TRPCLink<TestRouter> =
    () =>
    ({ op, next }) =>
      next(op).pipe(
        tap({
          next: ({ context }) => places.push(context?.['kafka']),
          error: ({ meta }) => places.push(meta?.['kafka']),
        }),
      );
  const client = createTRPCClient<TestRouter>({
    links: [stamp, read, kafkaLink({ client: kafkaClient, transformer: superjson })],
  });
  expect(await client.calls.echo.query('x')).toEqual(['x']);
  expect((await client.calls.whereAmI.query()).req.key).toBe('stamped');
  await clientErrorOf(client.calls.fail.query('CONFLICT'));
  const place = {
    topic: service.topics.replies.topic,
    partition: expect.any(Number),
    offset: expect.any(Number),
  };
  expect(places).toEqual([place, place, place]);
});
