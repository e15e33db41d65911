/** Starting, closing, and handing over. */
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

export const lifecycleCases: readonly ConformanceCase[] = [
  {
    name: 'a call made before there are topics or a server is answered once there are',
    async run({ connect, serve }) {
      const { client } = connect();
      const early = client.calls.echo.query('early');
      await serve();
      expect(await early).toBe('early');
    },
  },
  {
    name: 'close() of a client waits for calls in flight, ends subscriptions, refuses new calls',
    async run({ start, log }) {
      const { client, kafkaClient } = await start();
      const told: string[] = [];
      client.streams.idle.subscribe(undefined, {
        onData: () => log.note('item'),
        onComplete: () => told.push('complete'),
      });
      await log.until('item');
      const inFlight = client.calls.echo.query('in flight');
      await new Promise((resolve) => setImmediate(resolve));
      const closing = kafkaClient.close();
      expect(await inFlight).toBe('in flight');
      await closing;
      expect(told).toEqual(['complete']);
      await log.until('finally');
      const refused: unknown = await client.calls.echo
        .query(1)
        .catch((error: { cause: unknown }) => error.cause);
      expect(isKafkaTransportError(refused) && refused.code).toBe('CLIENT_CLOSED');
      await kafkaClient.close();
    },
  },
  {
    name: 'close() of a handler answers what it began, and another takes over without running anything twice',
    async run({ serve, connect, log }) {
      const first = await serve();
      const { client } = connect();
      const calls: Promise<unknown>[] = [];
      const callMore = (many: number): void => {
        for (let n = 0; n < many; n++) calls.push(client.calls.noted.mutate(`call ${calls.length}`));
      };
      callMore(100);
      await Promise.all(calls);
      callMore(100);
      const second = serve();
      callMore(100);
      await second;
      callMore(100);
      const closed = first.close({ graceMs: 5000 });
      callMore(100);
      await closed;
      callMore(100);
      await Promise.all(calls);
      const executed = [...log.all()].sort();
      expect(executed).toEqual(calls.map((_, n) => `call ${n}`).sort());
    },
  },
  {
    name: 'a call that ignores its end is answered with SERVICE_UNAVAILABLE when the grace time is over',
    async run({ start, log }) {
      const { client, handler } = await start();
      const call = client.calls.hang.query('stubborn').catch((error: unknown) => error);
      await log.until('begun stubborn');
      await handler.close({ graceMs: 10 });
      expect(await call).toMatchObject({ data: { code: 'SERVICE_UNAVAILABLE' } });
    },
  },
  {
    name: 'a subscription that is not to begin anew ends with an error when its server closes, not as if it were done',
    async run({ start, log }) {
      const { client, handler } = await start();
      const ended = new Promise((resolve) => {
        client.streams.idle.subscribe(undefined, {
          context: kafkaContext({ onLost: 'error' }),
          onData: () => log.note('item'),
          onError: ({ cause }) => resolve(cause),
          onComplete: () => resolve('complete'),
        });
      });
      await log.until('item');
      await handler.close({ graceMs: 10 });
      expect(await ended).toMatchObject({ code: 'STREAM_LOST', retryable: true });
      expect(log.count('finally')).toBe(1);
    },
  },
  {
    name: 'an instance without a partition is ready, and says so',
    async run({ serve, service }) {
      const events: string[] = [];
      await Promise.all(Array.from({ length: service.topics.requests.partitions }, () => serve()));
      const spare = await serve({
        logger: { debug() {}, info() {}, warn: (_fields, message) => void events.push(message), error() {} },
      });
      const idle = events.filter((message) => message.includes('belong to other instances'));
      expect(idle).toHaveLength(1);
      await spare.close();
    },
  },
];
