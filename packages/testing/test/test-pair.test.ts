/** What a pair promises: ready when it is there, apart from others, gone when it is closed. */
import { connect } from 'node:net';
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { createTestPair } from '@trpc-kafka/testing';
import { expect, test } from 'vitest';
import { createDeferred } from './deferred.ts';
import { createContext, createTestRouter, quiet } from './test-router.ts';

type TestRouter = ReturnType<typeof createTestRouter>;

/** Whether somebody listens at `host:port`. */
async function isListening(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  const socket = connect({ host: host!, port: Number(port) });
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return connected;
}

async function collect(client: Awaited<ReturnType<typeof createPair>>['client']): Promise<unknown[]> {
  const items: unknown[] = [];
  await new Promise<void>((resolve, reject) => {
    client.count.subscribe(undefined, {
      onData: (item) => items.push(item),
      onComplete: resolve,
      onError: reject,
    });
  });
  return items;
}

const createPair = (router: TestRouter = createTestRouter()) => createTestPair({ router, createContext });

test('queries, mutations, subscriptions and one-way calls reach the router', async () => {
  const noted = createDeferred<string>();
  await using pair = await createPair(createTestRouter({ ...quiet, notes: noted.resolve }));
  expect(await pair.client.header.query('tenant')).toBe('none');
  expect(await collect(pair.client)).toEqual([1, 2, 3]);
  await pair.emitter.note('one way');
  expect(await noted.promise).toBe('one way');
  expect(await pair.client.note.mutate('two ways')).toBe('noted');
  expect(pair.handler.counters()).toMatchObject({ calls: 3, oneWayCalls: 1 });
});

test('the headers of the link come with calls and, if they are texts, one-way calls', async () => {
  const noted = createDeferred<string>();
  const router = createTestRouter({ ...quiet, notes: noted.resolve });
  await using pair = await createTestPair({ router, createContext, headers: { tenant: 'north' } });
  expect(await pair.client.header.query('tenant')).toBe('north');
  await pair.emitter.note('from');
  expect(await noted.promise).toBe('from north');
  await using other = await createTestPair({
    router,
    createContext,
    headers: ({ op }) => ({ tenant: op.path }),
  });
  expect(await other.client.header.query('tenant')).toBe('header');
});

test('what handler and client are told reaches them', async () => {
  const codes: string[] = [];
  const received: string[] = [];
  await using pair = await createTestPair({
    router: createTestRouter(),
    createContext,
    onError: ({ error, path }) => codes.push(`${path} ${error.code}`),
    handler: { interceptors: [{ afterReceive: ({ purpose }) => void received.push(purpose) }] },
    client: { timeoutMs: 5_000, app: 'desk' },
    service: 'flights',
    brokerOptions: { nodes: 3 },
  });
  await expect(pair.client.fail.query()).rejects.toThrow('taken');
  expect(codes).toEqual(['fail CONFLICT']);
  expect(received).toContain('call');
  expect(pair.broker.brokers).toHaveLength(3);
  expect(pair.broker.leaderOf('flights.requests', 0)).toBeTypeOf('number');
  expect(pair.broker.leaderOf('desk.replies', 0)).toBeTypeOf('number');
});

test('pairs that share a broker do not hear each other, and leave it up', async () => {
  await using broker = await createDevBroker();
  const notes: string[] = [];
  const createOn = (name: string) =>
    createTestPair({
      router: createTestRouter({ ...quiet, notes: (note) => notes.push(`${name}: ${note}`) }),
      createContext,
      broker,
    });
  const first = await createOn('first');
  await using second = await createOn('second');
  expect(first.service.name).not.toBe(second.service.name);
  await Promise.all([first.client.note.mutate('a'), second.client.note.mutate('b')]);
  await first.close();
  await second.client.note.mutate('c');
  expect([...notes].sort()).toEqual(['first: a', 'second: b', 'second: c']);
});

test('a broker of its own goes with the pair, and closing twice is closing once', async () => {
  const pair = await createPair();
  const events: string[] = [];
  pair.handler.on(({ type }) => void events.push(`handler ${type}`));
  pair.kafkaClient.on(({ type }) => void events.push(`client ${type}`));
  const [address] = pair.broker.brokers;
  expect(await isListening(address!)).toBe(true);
  await Promise.all([pair.close(), pair.close()]);
  await pair[Symbol.asyncDispose]();
  expect(await isListening(address!)).toBe(false);
  const ends = events.filter((event) => /close/.test(event));
  expect([...ends].sort()).toEqual(['client close', 'handler closed']);
  await expect(pair.client.header.query('tenant')).rejects.toThrow(TRPCClientError);
});

test('close() aborts what runs, and its caller hears of it', async () => {
  const hanging = createDeferred<() => void>();
  const pair = await createPair(createTestRouter({ ...quiet, hanging: hanging.resolve }));
  const outcome = pair.client.hang.mutate().catch((error: unknown) => error);
  await hanging.promise;
  await pair.close();
  expect(await outcome).toBeInstanceOf(TRPCClientError);
});

test('a call whose procedure ignores its signal fails, and is not waited for until its deadline', async () => {
  const hanging = createDeferred<() => void>();
  const router = createTestRouter({ ...quiet, hanging: hanging.resolve });
  const pair = await createTestPair({ router, createContext, client: { timeoutMs: 3_600_000 } });
  const outcome = pair.client.deaf.mutate().catch((error: unknown) => error);
  await hanging.promise;
  await pair.close();
  const error = await outcome;
  expect(error).toBeInstanceOf(TRPCClientError);
  expect((error as Error).message).toContain('the mutation deaf did not end');
  expect((error as Error).cause).toMatchObject({ code: 'CLIENT_CLOSED' });
});

test('with graceMs, close() lets what runs come to its end', async () => {
  const hanging = createDeferred<() => void>();
  const router = createTestRouter({ ...quiet, hanging: hanging.resolve });
  const pair = await createTestPair({ router, createContext, graceMs: 10_000 });
  const outcome = pair.client.hang.mutate();
  const release = await hanging.promise;
  const closed = pair.close();
  release();
  expect(await outcome).toBe('finished');
  await closed;
});

test('more clients can be made on the service of a pair', async () => {
  await using pair = await createPair();
  const kafkaClient = createKafkaClient({ kafka: pair.createKafka(), service: pair.service });
  const second = createTRPCClient<TestRouter>({ links: [kafkaLink({ client: kafkaClient })] });
  expect(await second.note.mutate('from the second')).toBe('noted');
  await kafkaClient.close();
});

test('a start that cannot succeed says why, and leaves a broker that was given as it was', async () => {
  await using broker = await createDevBroker();
  const starting = createTestPair({
    router: createTestRouter(),
    createContext,
    broker,
    handler: { topics: 'require' },
  });
  await expect(starting).rejects.toSatisfy(
    (error) => isKafkaTransportError(error) && error.code === 'TOPIC_MISSING',
  );
  await using pair = await createTestPair({ router: createTestRouter(), createContext, broker });
  expect(await pair.client.note.mutate('after')).toBe('noted');
});

test('a broker that was closed, or whose nodes are stopped, is refused at once', async () => {
  await using broker = await createDevBroker({ nodes: 2 });
  const create = (readyTimeoutMs?: number) =>
    createTestPair({
      router: createTestRouter(),
      createContext,
      broker,
      // Without it a start that waits for its broker would fail, too, but late and for another reason.
      ...(readyTimeoutMs === undefined ? {} : { readyTimeoutMs }),
    });
  const refused = { code: 'BROKERS_UNREACHABLE', message: expect.stringContaining(broker.brokers[1]!) };
  await broker.cluster.stopNode(1);
  await (await create()).close();
  await broker.cluster.stopNode(2);
  await expect(create(2 ** 31 - 1)).rejects.toMatchObject(refused);
  await broker.close();
  await expect(create(2 ** 31 - 1)).rejects.toMatchObject(refused);
});

test('a broker that never answers is not waited for longer than readyTimeoutMs', async () => {
  await using broker = await createDevBroker();
  broker.cluster.pauseNode(1);
  const starting = createTestPair({ router: createTestRouter(), createContext, broker, readyTimeoutMs: 300 });
  await expect(starting).rejects.toMatchObject({
    code: 'TIMEOUT',
    message: expect.stringMatching(/not ready within 300 ms.+127\.0\.0\.1:\d+/),
  });
});

test('options for a broker of its own are refused where one is given', async () => {
  await using broker = await createDevBroker();
  // @ts-expect-error one or the other
  const options: Parameters<typeof createTestPair<TestRouter>>[0] = {
    router: createTestRouter(),
    createContext,
    broker,
    brokerOptions: { nodes: 3 },
  };
  await expect(createTestPair(options)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
