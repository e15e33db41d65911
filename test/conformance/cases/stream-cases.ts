/** One request, many responses. */
import { expect } from 'vitest';
import type { ConformanceCase } from '../conformance-case.ts';

interface Callbacks {
  onStarted(): void;
  // biome-ignore lint/suspicious/noExplicitAny: the items of every stream there is
  onData(item: any): void;
  onStopped(): void;
  onComplete(): void;
  onError(error: Error): void;
}

/** Runs a subscription to its end and notes what its callbacks were told. */
async function runToEnd(subscribe: (callbacks: Callbacks) => unknown): Promise<unknown[]> {
  const told: unknown[] = [];
  await new Promise<void>((resolve) => {
    subscribe({
      onStarted: () => told.push('started'),
      onData: (item: unknown) => told.push(item),
      onStopped: () => told.push('stopped'),
      onComplete: () => {
        told.push('complete');
        resolve();
      },
      onError: (error) => {
        told.push(`error: ${error.message}`);
        resolve();
      },
    });
  });
  return told;
}

export const streamCases: readonly ConformanceCase[] = [
  {
    name: 'started, the items in order, stopped, complete',
    async run({ start, log }) {
      const { client } = await start();
      const told = await runToEnd((callbacks) => client.streams.count.subscribe(3, callbacks));
      expect(told).toEqual(['started', 0, 1, 2, 'stopped', 'complete']);
      await log.until('finally');
    },
  },
  {
    name: 'an error after some items is an error, and no end',
    async run({ start }) {
      const { client } = await start();
      const told = await runToEnd((callbacks) => client.streams.failAfter.subscribe(2, callbacks));
      expect(told).toEqual(['started', 0, 1, 'error: half-way']);
    },
  },
  {
    name: 'an error before the stream begins',
    async run({ start }) {
      const { client } = await start();
      expect(await runToEnd((callbacks) => client.streams.refused.subscribe(undefined, callbacks))).toEqual([
        'error: not for you',
      ]);
    },
  },
  {
    name: 'observables stream as generators do',
    async run({ start }) {
      const { client } = await start();
      const told = await runToEnd((callbacks) => client.streams.observed.subscribe(undefined, callbacks));
      expect(told).toEqual(['started', 1, 2, 3, 'stopped', 'complete']);
    },
  },
  {
    name: 'tracked events have their ids, and lastEventId goes on after one',
    async run({ start }) {
      const { client } = await start();
      const first = await runToEnd((callbacks) => client.streams.tracked.subscribe(undefined, callbacks));
      expect(first.slice(1, 4)).toEqual([1, 2, 3].map((n) => ({ id: String(n), data: { n } })));
      const next = await runToEnd((callbacks) =>
        client.streams.tracked.subscribe({ lastEventId: '3' }, callbacks),
      );
      expect(next.slice(1, 3)).toEqual([4, 5].map((n) => ({ id: String(n), data: { n } })));
    },
  },
  {
    name: 'thousands of items pass through the window in order',
    async run({ start }) {
      const { client } = await start();
      const items: number[] = [];
      for await (const item of client.streams.count.subscribe(5000)) items.push(item);
      expect(items).toEqual(Array.from({ length: 5000 }, (_, n) => n));
    },
  },
  {
    name: 'items larger than the whole window pass',
    async run({ start }) {
      const { client } = await start();
      const sizes: number[] = [];
      for await (const item of client.streams.large.subscribe(300_000)) sizes.push(item.length);
      expect(sizes).toEqual([300_000, 300_000, 300_000]);
    },
  },
  {
    name: 'unsubscribe, an aborted signal, and break each reach the finally of the generator',
    async run({ start, log }) {
      const { client } = await start();
      const completed: string[] = [];
      const subscription = client.streams.idle.subscribe(undefined, {
        onData: () => log.note('item'),
        onComplete: () => completed.push('unsubscribed'),
      });
      await log.until('item', 1);
      subscription.unsubscribe();
      await log.until('finally', 1);

      const controller = new AbortController();
      client.streams.idle.subscribe(undefined, {
        signal: controller.signal,
        onData: () => log.note('item'),
        onComplete: () => completed.push('aborted'),
      });
      await log.until('item', 2);
      controller.abort();
      await log.until('finally', 2);

      for await (const item of client.streams.idle.subscribe()) {
        expect(item).toBe('first');
        break;
      }
      await log.until('finally', 3);
      expect(completed).toEqual(['unsubscribed', 'aborted']);
    },
  },
  {
    name: 'many streams at once, each its own',
    async run({ start }) {
      const { client } = await start();
      const lengths = Array.from({ length: 20 }, (_, n) => n * 10);
      const streams = lengths.map((length) =>
        runToEnd((callbacks) => client.streams.count.subscribe(length, callbacks)),
      );
      expect((await Promise.all(streams)).map((told) => told.length - 3)).toEqual(lengths);
    },
  },
  {
    name: 'streams do not use up the places of calls',
    async run({ start, log }) {
      const { client } = await start({ serve: { maxConcurrentCalls: 1 } });
      const streams = Array.from({ length: 5 }, () =>
        client.streams.idle.subscribe(undefined, { onData: () => log.note('item') }),
      );
      await log.until('item', 5);
      expect(await client.calls.echo.query(1)).toBe(1);
      for (const stream of streams) stream.unsubscribe();
      await log.until('finally', 5);
    },
  },
  {
    name: 'a subscriber whose callback throws does not stop the others',
    async run({ start }) {
      const { client } = await start();
      const uncaught: unknown[] = [];
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', (error) => uncaught.push(error));
      try {
        await new Promise<void>((resolve) => {
          client.streams.count.subscribe(1, {
            onData: () => {
              throw new Error('thrown by onData');
            },
            onComplete: resolve,
          });
        });
        expect(await client.calls.echo.query('after')).toBe('after');
        expect(uncaught).toEqual([new Error('thrown by onData')]);
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const listener of listeners) process.on('uncaughtException', listener);
      }
    },
  },
];
