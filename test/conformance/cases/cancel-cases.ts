/** Calls that are given up: the caller is free at once, and the resolver hears of it. */
import { TRPCClientError } from '@trpc/client';
import type { RecordInterceptor } from '@trpc-kafka/core';
import { discover, kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

async function causeName(call: Promise<unknown>): Promise<string> {
  try {
    return `answered with ${JSON.stringify(await call)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(TRPCClientError);
    return (error as TRPCClientError<never>).cause?.name ?? 'no cause';
  }
}

const context = kafkaContext({ key: 'one partition' });

export const cancelCases: readonly ConformanceCase[] = [
  {
    name: 'a signal that is aborted already: nothing is sent',
    async run({ start }) {
      const { client, kafkaClient } = await start();
      expect(await causeName(client.calls.echo.query(1, { signal: AbortSignal.abort() }))).toBe('AbortError');
      expect(kafkaClient.counters().calls).toBe(0);
    },
  },
  {
    name: 'an abort while a query or a mutation runs reaches the signal of its resolver',
    async run({ start, log }) {
      const { client } = await start();
      for (const kind of ['query', 'mutation'] as const) {
        const controller = new AbortController();
        const { signal } = controller;
        const call =
          kind === 'query'
            ? client.calls.hang.query(kind, { signal })
            : client.calls.hangMutation.mutate(kind, { signal });
        const caused = causeName(call);
        await log.until(`begun ${kind}`);
        controller.abort();
        expect(await caused).toBe('AbortError');
        await log.until(`aborted ${kind}`);
      }
    },
  },
  {
    name: 'a call that waits for its turn is not run',
    async run({ start, log }) {
      const received: RecordInterceptor = {
        afterReceive({ calls }) {
          for (const { path } of calls) log.note(`received ${path}`);
        },
      };
      const { client, handler } = await start({ serve: { maxConcurrentCalls: 1, interceptors: [received] } });
      const [first, second] = [new AbortController(), new AbortController()];
      const running = causeName(client.calls.hang.query('first', { signal: first.signal, context }));
      await log.until('begun first');
      const waiting = causeName(client.calls.hang.query('second', { signal: second.signal, context }));
      const third = client.calls.echo.query('third', { context });
      // The third came behind the second, so that both are at the server.
      await log.until('received calls.echo');
      second.abort();
      // The cancels keep their order: when the place of the first is free, the server knows of the second's.
      first.abort();
      expect(await Promise.all([running, waiting])).toEqual(['AbortError', 'AbortError']);
      expect(await third).toBe('third');
      expect([log.count('begun second'), handler.counters().cancelled]).toEqual([0, 2]);
    },
  },
  {
    name: 'a cancel overtakes a call that no server has read yet',
    async run({ serve, connect, log }) {
      const { client, emitter, kafkaClient } = connect();
      await kafkaClient.ready();
      const [first, second] = [new AbortController(), new AbortController()];
      const calls = [
        causeName(client.calls.hang.query('first', { signal: first.signal, context })),
        causeName(client.calls.hang.query('overtaken', { signal: second.signal, context })),
      ];
      // Records are written in the order in which they were made: when the brokers have this one, they have the calls.
      await emitter.calls.noted('written');
      second.abort();
      first.abort();
      expect(await Promise.all(calls)).toEqual(['AbortError', 'AbortError']);
      expect(kafkaClient.counters().cancels).toBe(2);
      const behind = client.calls.echo.query('behind', { context });
      // One at a time: the first leaves its place when the server has read its cancel, which stands behind the other.
      await serve({ maxConcurrentCalls: 1 });
      expect(await behind).toBe('behind');
      expect(log.count('begun overtaken')).toBe(0);
    },
  },
  {
    name: 'a cancel overtakes 10,000 calls that wait at a server that is busy',
    async run({ start, log }) {
      const busy = 4;
      const { client, handler, emitter, kafkaClient } = await start({
        serve: { maxConcurrentCalls: busy },
        connect: { maxPendingCalls: 20_000 },
      });
      const working = Array.from({ length: busy }, () => client.calls.waitFor.query('go'));
      await log.until('begun go', busy);
      const backlog = Array.from({ length: 10_000 }, (_, n) => client.calls.echo.query(n));
      const controller = new AbortController();
      const overtaken = causeName(client.calls.noted.mutate('overtaken', { signal: controller.signal }));
      await emitter.calls.noted('written');
      controller.abort();
      expect(await overtaken).toBe('AbortError');
      // Whoever has answered this has read the cancel before it.
      expect(await discover(kafkaClient, { maxAnswers: 1, timeoutMs: 50_000 }).all()).toHaveLength(1);
      log.note('go');
      expect(await Promise.all(working)).toEqual(Array(busy).fill('go'));
      expect(await Promise.all(backlog)).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
      // It stood behind all of those, in one of their partitions.
      for (let n = 0; n < 3; n++) await client.calls.echo.query(n);
      expect([log.count('overtaken'), handler.counters().cancelled]).toEqual([0, 1]);
    },
  },
  {
    name: 'an abort before the connection is open sends nothing',
    async run({ connect }) {
      const { client, kafkaClient } = connect();
      const controller = new AbortController();
      const call = causeName(client.calls.echo.query(1, { signal: controller.signal }));
      controller.abort();
      expect(await call).toBe('AbortError');
      await kafkaClient.ready();
      expect(kafkaClient.counters().cancels).toBe(0);
    },
  },
  {
    name: 'cancelling what is over already disturbs nothing',
    async run({ start }) {
      const { client } = await start();
      const controller = new AbortController();
      expect(await client.calls.echo.query(1, { signal: controller.signal })).toBe(1);
      controller.abort();
      expect(await client.calls.echo.query(2)).toBe(2);
    },
  },
];
