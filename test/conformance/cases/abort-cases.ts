/** Many calls given up at once, and for reasons of the caller's own. */
import { setMaxListeners } from 'node:events';
import { TRPCClientError } from '@trpc/client';
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

export const abortCases: readonly ConformanceCase[] = [
  {
    name: 'one signal gives up many calls: each rejects, each resolver hears of it, others go on',
    async run({ start, log }) {
      const { client, handler } = await start();
      const controller = new AbortController();
      const { signal } = controller;
      // tRPC's client adds a listener for each call as well; Node warns above ten.
      setMaxListeners(0, signal);
      const names = Array.from({ length: 100 }, (_, n) => `call ${n}`);
      const given = names.map((name) => client.calls.hangMutation.mutate(name, { signal }));
      const kept = client.calls.waitFor.query('kept');
      const outcomes = Promise.allSettled(given);
      await Promise.all([...names, 'kept'].map((name) => log.until(`begun ${name}`)));
      controller.abort();
      for (const outcome of await outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { cause: { name: 'AbortError' } } });
      }
      await Promise.all(names.map((name) => log.until(`aborted ${name}`)));
      log.note('kept');
      expect(await kept).toBe('kept');
      expect(handler.counters().cancelled).toBe(100);
    },
  },
  {
    name: 'a reason of the caller is told as any abort is, and stays on his side',
    async run({ start, log }) {
      const told: string[] = [];
      const { client } = await start({
        serve: { onError: ({ error }) => void told.push(`${error.message} ${String(error.cause)}`) },
      });
      const controller = new AbortController();
      const call = client.calls.hang.query('reason', { signal: controller.signal });
      const settled = call.catch((error: unknown) => error);
      await log.until('begun reason');
      controller.abort(new Error('a secret of the caller'));
      const error = await settled;
      expect(error).toBeInstanceOf(TRPCClientError);
      expect(error).toMatchObject({ cause: { name: 'AbortError' } });
      await log.until('aborted reason');
      expect(await client.calls.echo.query(1)).toBe(1);
      expect(told.filter((text) => text.includes('secret'))).toEqual([]);
    },
  },
  {
    name: 'a subscription given up before the connection is open is never sent',
    async run({ serve, connect, log }) {
      await serve();
      const { client, kafkaClient } = connect();
      const told: string[] = [];
      const controller = new AbortController();
      const callbacks = {
        onStarted: () => told.push('started'),
        onComplete: () => told.push('complete'),
        onError: () => told.push('error'),
      };
      client.streams.idle.subscribe(undefined, { ...callbacks, signal: controller.signal });
      client.streams.idle.subscribe(undefined, callbacks).unsubscribe();
      controller.abort();
      await kafkaClient.ready();
      expect(await client.calls.echo.query(1)).toBe(1);
      expect([told, log.all(), kafkaClient.counters().cancels]).toEqual([['complete', 'complete'], [], 0]);
    },
  },
];
