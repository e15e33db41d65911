/** Streams whose server or client dies, or closes: nothing is missed, nothing comes twice, nothing is left behind. */
import { kafkaContext } from '@trpc-kafka/link';
import { describe, expect, test } from 'vitest';
import { createEventLog } from '../support/event-log.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { createTickWorld, readTicks } from './fixtures/tick-world.ts';

const targets = await sharedBrokers();

describe.concurrent.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)(
    'a killed server: tracked events go on at its successor, without gap or repeat',
    async () => {
      await using world = createTickWorld(brokers);
      const doomed = await world.forkServer();
      const ticks = readTicks(world.connect(), 20);
      await ticks.log.until('tick 5');
      const successor = createEventLog();
      const ready = world.serve(successor);
      doomed.process.kill('SIGKILL');
      await ready;
      await successor.until('opened');
      await ticks.more(5);
      expect(ticks.wrong).toEqual([]);
      expect(ticks.states).toEqual(['connecting', 'pending', 'connecting', 'pending']);
      ticks.end();
      await successor.until('closed');
    },
    180_000,
  );

  test.skipIf(skip)(
    'a killed server: whoever reads a streamed result is told, and waits no longer than for any dead server',
    async () => {
      await using world = createTickWorld(brokers);
      const doomed = await world.forkServer();
      const items = (await world.connect().result.query())[Symbol.asyncIterator]();
      expect(await items.next()).toEqual({ done: false, value: 'first' });
      const next = items.next();
      doomed.process.kill('SIGKILL');
      await expect(next).rejects.toMatchObject({ cause: { code: 'STREAM_LOST', retryable: true } });
    },
    180_000,
  );

  test.skipIf(skip)(
    'a killed client: its streams end at the server, their finally runs',
    async () => {
      await using world = createTickWorld(brokers);
      const log = createEventLog();
      const handler = await world.serve(log);
      const lost: number[] = [];
      handler.on((event) => event.type === 'client-lost' && lost.push(event.streams));
      const reader = world.forkClient();
      await reader.heard('tick 3');
      reader.process.kill('SIGKILL');
      await log.until('closed');
      expect(lost).toEqual([1]);
      expect(handler.counters().clientsLost).toBe(1);
    },
    180_000,
  );

  test.skipIf(skip)(
    'a rolling restart: no tracked stream ends, skips, repeats or is even told',
    async () => {
      await using world = createTickWorld(brokers);
      const log = createEventLog();
      let handlers = [await world.serve(log), await world.serve(log)];
      const client = world.connect();
      const streams = Array.from({ length: 40 }, () => readTicks(client, 25));
      await Promise.all(streams.map((ticks) => ticks.log.until('tick 3')));
      for (const handler of handlers.splice(0)) {
        const next = world.serve(log);
        await handler.close({ graceMs: 30_000 });
        handlers = [...handlers, await next];
      }
      await Promise.all(streams.map((ticks) => ticks.more(3)));
      expect(streams.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(new Set(streams.map(({ states }) => states.join(' ')))).toEqual(new Set(['connecting pending']));
      for (const ticks of streams) ticks.end();
    },
    180_000,
  );

  test.skipIf(skip)(
    'a finite stream without ids comes to its end at a server that closes, though another is there',
    async () => {
      await using world = createTickWorld(brokers);
      const log = createEventLog();
      const handler = await world.serve(log);
      const client = world.connect();
      const heard = createEventLog();
      client.finite.subscribe(undefined, {
        onData: (item) => heard.note(item),
        onComplete: () => heard.note('complete'),
        onError: (error) => heard.note(error.message),
      });
      const ticks = readTicks(client, 20);
      await Promise.all([heard.until('first'), ticks.log.until('tick 1')]);
      await world.serve(log);
      const closed = handler.close({ graceMs: 50_000 });
      // What is tracked has moved.
      await Promise.all([log.until('opened', 2), log.until('closed')]);
      log.note('go on');
      await heard.until('complete');
      expect(heard.all()).toEqual(['first', 'last', 'complete']);
      await closed;
      ticks.end();
    },
    180_000,
  );

  test.skipIf(skip)(
    'what is not tracked begins anew elsewhere when its server closes, or fails where the caller said so',
    async () => {
      await using world = createTickWorld(brokers);
      const log = createEventLog();
      const handler = await world.serve(log);
      const client = world.connect();
      const heard = createEventLog();
      const read = (onLost: 'restart' | 'error'): Promise<unknown> =>
        new Promise((resolve) => {
          client.list.subscribe(undefined, {
            context: kafkaContext({ onLost }),
            onData: (item) => heard.note(`${onLost} ${item}`),
            onError: ({ cause }) => resolve(cause),
          });
        });
      const failed = read('error');
      void read('restart');
      await log.until('waiting', 2);
      await world.serve(log);
      await handler.close({ graceMs: 0 });
      expect(await failed).toMatchObject({ code: 'STREAM_LOST', retryable: true });
      await heard.until('restart first', 2);
      expect(heard.count('error first')).toBe(1);
    },
    180_000,
  );
});
