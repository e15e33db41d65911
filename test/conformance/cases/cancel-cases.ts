/** Calls that are given up: the caller is free at once, and the resolver hears of it. */
import { TRPCClientError } from '@trpc/client';
import { kafkaContext } from '@trpc-kafka/link';
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
      const { client, handler } = await start({ serve: { maxConcurrentCalls: 1 } });
      const [first, second] = [new AbortController(), new AbortController()];
      const context = kafkaContext({ key: 'one partition' });
      const running = causeName(client.calls.hang.query('first', { signal: first.signal, context }));
      await log.until('begun first');
      const waiting = causeName(client.calls.hang.query('second', { signal: second.signal, context }));
      // Both are at the server once a third one that came behind them is counted.
      const third = client.calls.echo.query('third', { context });
      while (handler.counters().calls < 3) await new Promise((resolve) => setImmediate(resolve));
      second.abort();
      expect(await waiting).toBe('AbortError');
      while (handler.counters().cancelled < 1) await new Promise((resolve) => setImmediate(resolve));
      first.abort();
      expect(await running).toBe('AbortError');
      expect(await third).toBe('third');
      expect(log.count('begun second')).toBe(0);
    },
  },
  {
    name: 'a cancel overtakes a call that no server has read yet',
    async run({ serve, connect, log }) {
      const { client, kafkaClient } = connect();
      await kafkaClient.ready();
      const controller = new AbortController();
      const context = kafkaContext({ key: 'one partition' });
      const events = new Promise<void>((resolve) => {
        // Written: the brokers have it when a call of the same key that was written behind it is there.
        setImmediate(() => setImmediate(resolve));
      });
      const cancelled = causeName(
        client.calls.hang.query('overtaken', { signal: controller.signal, context }),
      );
      await events;
      controller.abort();
      expect(await cancelled).toBe('AbortError');
      const behind = client.calls.echo.query('behind', { context });
      await serve();
      expect(await behind).toBe('behind');
      await client.calls.echo.query('and another', { context });
      // Begun or not, it does not go on: it is dropped unread or its signal is aborted.
      if (log.count('begun overtaken') > 0) await log.until('aborted overtaken');
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
