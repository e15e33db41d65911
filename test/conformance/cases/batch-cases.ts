/** Calls that share a record: each is a call of its own in all that callers and procedures see. */
import { setMaxListeners } from 'node:events';
import { TRPCClientError } from '@trpc/client';
import { TRPCError } from '@trpc/server';
import type { CreateKafkaContextOptions } from '@trpc-kafka/adapter';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

/** What a procedure is told of the batch it came in. */
interface Place {
  readonly path: string;
  readonly record: string;
  readonly isBatchCall: boolean;
  readonly batchIndex: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Collects where each call came from. */
function notePlaces() {
  const places: Place[] = [];
  const createContext = ({ req, info }: CreateKafkaContextOptions): void => {
    const [call] = info.calls;
    places.push({
      path: call!.path,
      record: `${req.partition}/${req.offset}`,
      isBatchCall: info.isBatchCall,
      batchIndex: call!.batchIndex,
      headers: req.headers,
    });
  };
  return { places, createContext };
}

/** What a call came to, short enough to compare. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error;
    if (isKafkaTransportError(error.cause)) return error.cause.code;
    return error.data?.code ?? error.cause?.name;
  }
}

export const batchCases: readonly ConformanceCase[] = [
  {
    name: 'queries and mutations of one turn share a record, and each has its own outcome',
    async run({ start }) {
      const { places, createContext } = notePlaces();
      const { client } = await start({ serve: { createContext }, connect: { batch: {} } });
      const outcomes = await Promise.all(
        [
          client.calls.echo.query(new Date(0)),
          client.calls.change.mutate({ a: undefined }),
          client.calls.fail.query('NOT_FOUND'),
          client.calls.checked.query({ n: 'text' } as never),
          client.calls.echo.query(undefined),
        ].map(outcomeOf),
      );
      expect(outcomes).toEqual([new Date(0), { a: undefined }, 'NOT_FOUND', 'BAD_REQUEST', undefined]);
      expect(new Set(places.map(({ record }) => record)).size).toBe(1);
      expect(places.map(({ isBatchCall, batchIndex }) => [isBatchCall, batchIndex])).toEqual(
        [0, 1, 2, 3, 4].map((n) => [true, n]),
      );
      expect(await client.calls.echo.query('alone')).toBe('alone');
      expect(places.at(-1)).toMatchObject({ isBatchCall: false, batchIndex: 0 });
    },
  },
  {
    name: 'each is answered when it is done, not when the slowest is',
    async run({ start, log }) {
      const { client } = await start({ connect: { batch: {} } });
      const slow = client.calls.waitFor.query('slow');
      const fast = [client.calls.echo.query('fast'), client.calls.change.mutate('too')];
      expect(await Promise.all(fast)).toEqual(['fast', 'too']);
      await log.until('begun slow');
      log.note('slow');
      expect(await slow).toBe('slow');
    },
  },
  {
    name: 'a call that fails before it is sent spoils none of those it was made with',
    async run({ start, log }) {
      const { places, createContext } = notePlaces();
      const { client } = await start({
        serve: { createContext },
        connect: { batch: {}, maxMessageBytes: 20_000 },
      });
      const aborted = new AbortController();
      const unreadable = {
        get field(): string {
          throw new Error('not to be read');
        },
      };
      const outcomes = Promise.all(
        [
          client.calls.echo.query('first'),
          client.calls.echo.query(unreadable),
          client.calls.echo.query('x'.repeat(20_000)),
          client.calls.echo.query('given up already', { signal: AbortSignal.abort() }),
          client.calls.noted.mutate('given up at once', { signal: aborted.signal }),
          client.calls.echo.query('no option', { context: { kafka: { timeout: 1 } } }),
          client.calls.change.mutate('last'),
        ].map(outcomeOf),
      );
      aborted.abort();
      expect(await outcomes).toEqual([
        'first',
        'Error',
        'PAYLOAD_TOO_LARGE',
        'AbortError',
        'AbortError',
        'INVALID_OPTION',
        'last',
      ]);
      expect(places.map(({ path, batchIndex }) => [path, batchIndex])).toEqual([
        ['calls.echo', 0],
        ['calls.change', 1],
      ]);
      expect(log.count('given up at once')).toBe(0);
    },
  },
  {
    name: 'each has its own deadline',
    async run({ start, log }) {
      const { client } = await start({ connect: { batch: {} } });
      const late = outcomeOf(client.calls.hang.query('late', { context: kafkaContext({ timeoutMs: 1000 }) }));
      const patient = client.calls.waitFor.query('go on');
      expect(await late).toBe('TIMEOUT');
      await log.until('begun go on');
      log.note('go on');
      expect(await patient).toBe('go on');
    },
  },
  {
    name: 'a cancel reaches the resolver of its call, and no other',
    async run({ start, log }) {
      const { client, handler } = await start({ connect: { batch: {} } });
      const controllers = ['a', 'b', 'c'].map(() => new AbortController());
      const calls = ['a', 'b', 'c'].map((name, n) =>
        outcomeOf(client.calls.hangMutation.mutate(name, { signal: controllers[n]!.signal })),
      );
      await Promise.all(['a', 'b', 'c'].map((name) => log.until(`begun ${name}`)));
      controllers[1]!.abort();
      expect(await calls[1]).toBe('AbortError');
      await log.until('aborted b');
      expect([log.count('aborted a'), log.count('aborted c'), handler.counters().cancelled]).toEqual([
        0, 0, 1,
      ]);
      controllers[0]!.abort();
      controllers[2]!.abort();
      await Promise.all([log.until('aborted a'), log.until('aborted c')]);
    },
  },
  {
    name: 'headers are asked for once per record; calls with other keys or headers have records of their own',
    async run({ start }) {
      const { places, createContext } = notePlaces();
      const asked: string[][] = [];
      const { client } = await start({
        serve: { createContext },
        connect: {
          batch: {
            async headers({ opList }) {
              asked.push(opList.map(({ input }) => String(input)));
              return { calls: String(opList.length), tenant: 'link' };
            },
          },
        },
      });
      const tenant = kafkaContext({ headers: { tenant: 'acme' } });
      await Promise.all([
        client.calls.echo.query('a'),
        client.calls.change.mutate('b', { context: tenant }),
        client.calls.echo.query('c'),
        client.calls.change.mutate('d', { context: kafkaContext({ idempotencyKey: 'once' }) }),
        client.calls.change.mutate('e', { context: tenant }),
      ]);
      expect(asked).toEqual([['a', 'c'], ['b', 'e'], ['d']]);
      const headersAt = (path: string): string[] =>
        places
          .filter((place) => place.path === path)
          .map(({ headers }) => `${headers['tenant']} with ${headers['calls']}`)
          .toSorted();
      expect(headersAt('calls.echo')).toEqual(['link with 2', 'link with 2']);
      expect(headersAt('calls.change')).toEqual(['acme with 2', 'acme with 2', 'link with 1']);
    },
  },
  {
    name: 'no record has more calls than maxItems, or more bytes than maxBytes',
    async run({ start }) {
      const { places, createContext } = notePlaces();
      const { client } = await start({
        serve: { createContext, maxBatchSize: 4 },
        connect: { batch: { maxItems: 4, maxBytes: 5_000 } },
      });
      const inputs = [...Array.from({ length: 10 }, (_, n) => n), 'x'.repeat(3_000), 'y'.repeat(3_000)];
      expect(await Promise.all(inputs.map((input) => client.calls.echo.query(input)))).toEqual(inputs);
      const records = [...new Set(places.map(({ record }) => record))];
      const sizes = records.map((record) => places.filter((place) => place.record === record).length);
      expect(sizes.toSorted((a, b) => a - b)).toEqual([1, 3, 4, 4]);
    },
  },
  {
    name: 'a server without batching, or with a lower limit, refuses each call of a record; single ones pass',
    async run({ serve, connect }) {
      const handler = await serve({ allowBatching: false });
      const { client } = connect({ batch: {} });
      const two = () =>
        Promise.all([client.calls.echo.query(1), client.calls.change.mutate(2)].map(outcomeOf));
      expect(await two()).toEqual(['BAD_REQUEST', 'BAD_REQUEST']);
      expect(await client.calls.echo.query(3)).toBe(3);
      await handler.close();
      await serve({ maxBatchSize: 2 });
      expect(await two()).toEqual([1, 2]);
      const three = [1, 2, 3].map((n) => outcomeOf(client.calls.echo.query(n)));
      expect(await Promise.all(three)).toEqual(['BAD_REQUEST', 'BAD_REQUEST', 'BAD_REQUEST']);
    },
  },
  {
    name: 'interceptors of both sides may refuse one call of a record',
    async run({ start }) {
      const { client } = await start({
        connect: {
          batch: {},
          interceptors: [
            {
              beforeSend({ calls }) {
                if (calls.some(({ path }) => path === 'calls.fail')) throw new Error('not from here');
              },
            },
          ],
        },
        serve: {
          interceptors: [
            {
              async afterReceive({ calls }) {
                if (calls.some(({ type }) => type === 'mutation')) throw new TRPCError({ code: 'FORBIDDEN' });
              },
            },
          ],
        },
      });
      const calls = [
        client.calls.echo.query('a'),
        client.calls.fail.query('NOT_FOUND'),
        client.calls.change.mutate('b'),
        client.calls.echo.query('c'),
      ];
      expect(await Promise.all(calls.map(outcomeOf))).toEqual(['a', 'Error', 'FORBIDDEN', 'c']);
      const again = [client.calls.change.mutate('d'), client.calls.echo.query('e')];
      expect(await Promise.all(again.map(outcomeOf))).toEqual(['FORBIDDEN', 'e']);
    },
  },
  {
    name: 'calls that waited for the connection share a record, too, and those given up meanwhile are not in it',
    async run({ serve, connect }) {
      const { places, createContext } = notePlaces();
      const { client, kafkaClient } = connect({ batch: {} });
      const controller = new AbortController();
      const { signal } = controller;
      const given = outcomeOf(client.calls.echo.query('given up', { signal }));
      const calls = [1, 2, 3].map((n) => client.calls.echo.query(n));
      controller.abort();
      await Promise.all([serve({ createContext }), kafkaClient.ready()]);
      expect(await given).toBe('AbortError');
      expect(await Promise.all(calls)).toEqual([1, 2, 3]);
      expect(places.map(({ batchIndex }) => batchIndex)).toEqual([0, 1, 2]);
    },
  },
  {
    name: 'a subscription travels alone, beside the calls of its turn',
    async run({ start }) {
      const { places, createContext } = notePlaces();
      const { client } = await start({
        serve: { createContext },
        connect: { batch: { headers: ({ opList }) => ({ calls: String(opList.length) }) } },
      });
      const items: number[] = [];
      const done = new Promise<void>((resolve, reject) => {
        const onData = (item: number): void => void items.push(item);
        client.streams.count.subscribe(3, { onData, onComplete: resolve, onError: reject });
      });
      expect(await Promise.all([1, 2].map((n) => client.calls.echo.query(n)))).toEqual([1, 2]);
      await done;
      expect(items).toEqual([0, 1, 2]);
      const stream = places.find(({ path }) => path === 'streams.count');
      expect(stream).toMatchObject({ isBatchCall: false, batchIndex: 0, headers: { calls: '1' } });
      expect(places.filter(({ isBatchCall }) => isBatchCall)).toHaveLength(2);
    },
  },
  {
    name: 'an instance that has begun one call of a record and is closed answers all of them, each once',
    async run({ serve, connect, log, service }) {
      const first = await serve({ maxConcurrentCalls: 1 });
      const left = new Promise<void>((resolve) => {
        first.on((event) => {
          if (event.type !== 'driver' || event.event.type !== 'group-left') return;
          if (event.event.groupId === service.groupId) resolve();
        });
      });
      const { client, kafkaClient } = connect({ batch: {} });
      await kafkaClient.ready();
      const blocked = client.calls.waitFor.query('go on');
      const behind = [1, 2, 3].map((n) => client.calls.noted.mutate(`mutation ${n}`));
      await log.until('begun go on');
      await serve();
      const closed = first.close();
      await left;
      log.note('go on');
      await Promise.all([blocked, ...behind, closed]);
      expect(
        log
          .all()
          .filter((name) => name.startsWith('mutation'))
          .toSorted(),
      ).toEqual(['mutation 1', 'mutation 2', 'mutation 3']);
    },
  },
  {
    name: 'what an instance that is closed did not come to is not run any more, and its caller may call again',
    async run({ start, log }) {
      const { client, handler } = await start({ serve: { maxConcurrentCalls: 1 }, connect: { batch: {} } });
      const calls = [client.calls.hang.query('first'), client.calls.noted.mutate('second')].map(outcomeOf);
      await log.until('begun first');
      await handler.close({ graceMs: 0 });
      expect(await Promise.all(calls)).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
      expect(log.count('second')).toBe(0);
    },
  },
  {
    name: 'a thousand calls of one turn are each answered',
    async run({ start }) {
      const { client } = await start({ connect: { batch: {} } });
      const controller = new AbortController();
      setMaxListeners(0, controller.signal);
      const numbers = Array.from({ length: 1000 }, (_, n) => n);
      const answers = numbers.map((n) => client.calls.echo.query(n, { signal: controller.signal }));
      expect(await Promise.all(answers)).toEqual(numbers);
    },
  },
];
