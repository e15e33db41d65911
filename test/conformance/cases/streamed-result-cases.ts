/** Queries and mutations whose results come bit by bit: async iterables, and objects with promises and iterables in them. */
import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client';
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { isKafkaTransportError } from '@trpc-kafka/core';
import {
  createKafkaClient,
  type KafkaClient,
  type KafkaClientOptions,
  kafkaBatchLink,
  kafkaContext,
  kafkaLink,
} from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import { forceGc } from '../../support/force-gc.ts';
import type { CaseContext } from '../case-context.ts';
import type { ConformanceCase } from '../conformance-case.ts';
import { type StreamedRouter, streamedRouter } from '../streamed-router.ts';

interface Running {
  readonly client: TRPCClient<StreamedRouter>;
  readonly kafkaClient: KafkaClient;
  readonly handler: KafkaHandler;
  /** What the server's `onError` was told. */
  readonly reported: string[];
}

interface StartOptions {
  readonly connect?: Partial<KafkaClientOptions>;
  readonly maxConcurrentCalls?: number;
  readonly maxMessageBytes?: number;
}

async function start(
  context: CaseContext,
  { connect = {}, ...settings }: StartOptions = {},
): Promise<Running> {
  const { service, createSource, log, defer, codecs, linkName } = context;
  const reported: string[] = [];
  const handler = applyKafkaHandler<StreamedRouter>({
    ...settings,
    codecs,
    kafka: createSource(),
    service,
    router: streamedRouter,
    createContext: () => ({ log }),
    onError: ({ error, path }) => void reported.push(`${path}: ${error.message}`),
  });
  defer(() => handler.close({ graceMs: 0 }));
  await handler.ready();
  const kafkaClient = createKafkaClient({
    app: service.name,
    ...(codecs[0] === undefined ? {} : { codec: codecs[0] }),
    ...connect,
    kafka: createSource(),
    service,
  });
  defer(() => kafkaClient.close());
  await kafkaClient.ready();
  const makeLink = linkName === 'kafkaBatchLink' ? kafkaBatchLink<StreamedRouter> : kafkaLink<StreamedRouter>;
  const link = makeLink({ client: kafkaClient, transformer: superjson });
  return { client: createTRPCClient<StreamedRouter>({ links: [link] }), kafkaClient, handler, reported };
}

async function collect<TItem>(items: AsyncIterable<TItem>): Promise<TItem[]> {
  const collected: TItem[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const numbers = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

/** What a promise is rejected with, which must be an error of tRPC's client. */
async function errorOf(promise: Promise<unknown>): Promise<TRPCClientError<StreamedRouter>> {
  const error: unknown = await promise.then(
    (value) => expect.fail(`resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as TRPCClientError<StreamedRouter>;
}

async function transportCodeOf(promise: Promise<unknown>): Promise<string> {
  const { cause, message } = await errorOf(promise);
  return isKafkaTransportError(cause) ? cause.code : message;
}

const resultCases: readonly ConformanceCase[] = [
  {
    name: 'an async iterable arrives item by item, while its generator runs',
    async run(context) {
      const { client } = await start(context);
      const items = await client.stepwise.query();
      const received: string[] = [];
      for await (const item of items) {
        received.push(item);
        context.log.note(`has ${item}`);
      }
      expect(received).toEqual(['first', 'second']);
    },
  },
  {
    name: 'a mutation streams as a query does, and the return value of its generator arrives, too',
    async run(context) {
      const { client } = await start(context);
      for (const items of [await client.count.query(2), await client.changeAndCount.mutate(2)]) {
        const iterator = items[Symbol.asyncIterator]();
        expect([await iterator.next(), await iterator.next(), await iterator.next()]).toEqual([
          { done: false, value: 0 },
          { done: false, value: 1 },
          { done: true, value: 'all of them' },
        ]);
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
      }
      await context.log.until('finally', 2);
    },
  },
  {
    name: 'an observable arrives as an iterable',
    async run(context) {
      const { client } = await start(context);
      const items = (await client.observed.query()) as unknown as AsyncIterable<number>;
      expect(await collect(items)).toEqual([1, 2, 3]);
    },
  },
  {
    name: 'promises and iterables at every depth, with values that only the transformer carries',
    async run(context) {
      const { client } = await start(context);
      const result = await client.nested.query();
      expect(result.at).toEqual(new Date(0));
      expect(await collect(await result.iterable)).toEqual([0, 1]);
      const items = result.items[Symbol.asyncIterator]();
      const first = await items.next();
      if (first.done === true) return expect.fail('no item');
      expect([first.value.big, await first.value.later]).toEqual([10n, 'of the first']);
      const last = await items.next();
      if (last.done !== true) return expect.fail('an item more');
      expect(await last.value.last).toBe(true);
      const soon = await result.soon;
      expect([soon.set, await soon.deeper, await result.nothing]).toEqual([
        new Set([1]),
        new Date(1),
        undefined,
      ]);
    },
  },
  {
    name: 'thousands of items pass through the window in order',
    async run(context) {
      const { client } = await start(context);
      expect(await collect(await client.count.query(1000))).toEqual(numbers(1000));
      expect(context.log.count('finally')).toBe(1);
    },
  },
  {
    name: 'many results at once, each its own, and none takes the place of a call',
    async run(context) {
      const { client, handler } = await start(context, { maxConcurrentCalls: 1 });
      const lengths = [0, 1, 10, 100, 200];
      const idle = await client.idle.query();
      const results = await Promise.all(lengths.map(async (to) => collect(await client.count.query(to))));
      expect(results).toEqual(lengths.map(numbers));
      expect(await client.echo.query('beside')).toBe('beside');
      await idle.items[Symbol.asyncIterator]().return?.();
      expect(handler.counters().calls).toBe(7);
    },
  },
];

const readerCases: readonly ConformanceCase[] = [
  {
    name: 'a slow reader holds the generator back, and gets everything in the end',
    async run(context) {
      const { client } = await start(context);
      const items = (await client.count.query(600))[Symbol.asyncIterator]();
      for (let n = 0; n < 10; n++) expect(await items.next()).toEqual({ done: false, value: n });
      // What calls have passed since, the generator would have run on.
      for (let n = 0; n < 20; n++) await client.echo.query(n);
      // A window of 64, what was fed at once, and what the stages of tRPC's producer hold.
      expect(context.log.count('pulled')).toBeLessThan(100);
      const rest: number[] = [];
      for (let next = await items.next(); next.done !== true; next = await items.next())
        rest.push(next.value);
      expect(rest).toEqual(numbers(600).slice(10));
    },
  },
  {
    name: 'large items are held back by their bytes',
    async run(context) {
      const { client } = await start(context);
      const items = (await client.large.query({ count: 20, size: 100_000 }))[Symbol.asyncIterator]();
      expect((await items.next()).value).toHaveLength(100_000);
      for (let n = 0; n < 20; n++) await client.echo.query(n);
      expect(context.log.count('pulled')).toBeLessThan(15);
      let read = 1;
      while ((await items.next()).done !== true) read++;
      expect(read).toBe(20);
    },
  },
  {
    name: 'a promise that comes after items nobody reads yet is reached, and the items are not lost',
    async run(context) {
      const { client } = await start(context);
      const { items, half } = await client.halfway.query(600);
      expect(await half).toBe(300);
      expect(await collect(items)).toEqual(numbers(600));
    },
  },
  {
    name: 'a part that nobody awaits holds up no other, and its failure ends no process',
    async run(context) {
      const { client } = await start(context);
      const { items } = await client.failing.query('unheard');
      expect(await transportCodeOf(collect(items))).toBe('after one: unheard');
    },
  },
];

const errorCases: readonly ConformanceCase[] = [
  {
    name: 'what a nested promise and a generator fail with is formatted by the router, and told to onError',
    async run(context) {
      const { client, reported } = await start(context);
      const { promise, items } = await client.failing.query('sold out');
      expect(await errorOf(promise)).toMatchObject({
        message: 'sold out',
        data: { code: 'CONFLICT', path: 'failing', formatted: true },
      });
      const iterator = items[Symbol.asyncIterator]();
      expect(await iterator.next()).toEqual({ done: false, value: 1 });
      expect(await errorOf(iterator.next())).toMatchObject({
        message: 'after one: sold out',
        data: { code: 'INTERNAL_SERVER_ERROR', formatted: true },
      });
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      expect(reported.sort()).toEqual(['failing: after one: sold out', 'failing: sold out']);
    },
  },
  {
    name: 'an item that its validator refuses ends the iterable with the error',
    async run(context) {
      const { client } = await start(context);
      const iterator = (await client.badYield.query())[Symbol.asyncIterator]();
      expect(await iterator.next()).toEqual({ done: false, value: 1 });
      expect(await errorOf(iterator.next())).toMatchObject({
        message: expect.stringContaining('expected number'),
        data: { formatted: true },
      });
    },
  },
  {
    name: 'an item over the limit ends the result, and so does a part that cannot be serialized',
    async run(context) {
      const { client } = await start(context);
      const large = await client.large.query({ count: 3, size: 1_000_000 });
      expect((await errorOf(collect(large))).data?.code).toBe('PAYLOAD_TOO_LARGE');
      const { part } = await client.unserializable.query();
      expect(await errorOf(part)).toMatchObject({ message: 'The result cannot be serialized' });
    },
  },
  {
    name: 'an item that brokers refuse for its size ends the result, and its generator',
    async run(context) {
      const { client } = await start(context, { maxMessageBytes: 5_000_000 });
      const large = await client.large.query({ count: 1000, size: 1_500_000 });
      expect((await errorOf(collect(large))).data?.code).toBe('PAYLOAD_TOO_LARGE');
      await context.log.until('finally');
    },
  },
  {
    name: 'promises in an instance of a class are refused, and their failure ends no process',
    async run(context) {
      const { client } = await start(context);
      const error = await errorOf(client.instance.query());
      expect([error.data?.code, error.message]).toEqual([
        'UNSUPPORTED_MEDIA_TYPE',
        expect.stringContaining('not of an instance of a class'),
      ]);
    },
  },
];

const endCases: readonly ConformanceCase[] = [
  {
    name: 'a reader that leaves the loop reaches the finally of the generator, its signal aborted',
    async run(context) {
      const { client } = await start(context);
      for await (const item of await client.count.query(100_000)) if (item === 5) break;
      await context.log.until('finally, aborted');
    },
  },
  {
    name: 'an iterable that was left unread keeps no promise behind it from coming; with the last part all of it ends',
    async run(context) {
      const { client } = await start(context);
      const { items, half } = await client.halfway.query(1000);
      await items[Symbol.asyncIterator]().return?.('left');
      expect(context.log.count('finally, aborted')).toBe(0);
      expect(await half).toBe(500);
      await context.log.until('finally, aborted');
    },
  },
  {
    name: 'parts that nobody can reach any more are left',
    async run(context) {
      const { client } = await start(context);
      const readOne = async (): Promise<unknown> => {
        const { items } = await client.idle.query();
        return await items[Symbol.asyncIterator]().next();
      };
      expect(await readOne()).toEqual({ done: false, value: 'first' });
      while (context.log.count('finally') === 0) await forceGc();
    },
  },
  {
    name: 'the signal of the call ends a result whose head is here',
    async run(context) {
      const { client } = await start(context);
      const controller = new AbortController();
      const { items, never } = await client.idle.query(undefined, { signal: controller.signal });
      const iterator = items[Symbol.asyncIterator]();
      expect(await iterator.next()).toEqual({ done: false, value: 'first' });
      const waiting = [errorOf(iterator.next()), errorOf(never)];
      controller.abort();
      for (const error of await Promise.all(waiting)) expect(error.cause?.name).toBe('AbortError');
      await context.log.until('finally');
    },
  },
  {
    name: 'the deadline of the call is for the head: a result may take longer',
    async run(context) {
      const { client } = await start(context);
      const options = { context: kafkaContext({ timeoutMs: 6000 }) };
      const { part } = await client.promised.query('late', options);
      // A call that was made later has met its deadline.
      expect(await transportCodeOf(client.hang.query(undefined, options))).toBe('TIMEOUT');
      context.log.note('late');
      expect(await part).toBe('late');
    },
  },
  {
    name: 'a reader waits idleTimeoutMs for the next part, and the server is told that nobody waits any more',
    async run(context) {
      const { client, kafkaClient } = await start(context, { connect: { idleTimeoutMs: 500 } });
      const { part } = await client.promised.query('in time', {
        context: kafkaContext({ idleTimeoutMs: 60_000 }),
      });
      const awaited = part.then((value) => value);
      expect(await transportCodeOf((await client.idle.query()).never)).toBe('TIMEOUT');
      await context.log.until('finally');
      context.log.note('in time');
      expect(await awaited).toBe('in time');
      expect(kafkaClient.counters()).toMatchObject({ timeouts: 1, cancels: 1 });
    },
  },
  {
    name: 'a server that closes lets results finish within its grace, then ends them with an error',
    async run(context) {
      const { client, handler } = await start(context);
      const { part } = await client.promised.query('within grace');
      const { items } = await client.idle.query();
      const left = errorOf(collect(items));
      const closing = handler.close({ graceMs: 3000 });
      context.log.note('within grace');
      expect(await part).toBe('within grace');
      expect((await left).data?.code).toBe('SERVICE_UNAVAILABLE');
      await closing;
      expect(context.log.count('finally')).toBe(1);
    },
  },
  {
    name: 'closing the client ends results that are being read, and tells the server',
    async run(context) {
      const { client, kafkaClient } = await start(context);
      const iterator = (await client.idle.query()).items[Symbol.asyncIterator]();
      await iterator.next();
      const next = transportCodeOf(iterator.next());
      await kafkaClient.close();
      expect(await next).toBe('CLIENT_CLOSED');
      await context.log.until('finally');
    },
  },
];

export const streamedResultCases: readonly ConformanceCase[] = [
  ...resultCases,
  ...readerCases,
  ...errorCases,
  ...endCases,
];
