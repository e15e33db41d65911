/** Processes that are stopped for longer than their leases, and go on: so do their subscriptions. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createEventLog } from '../support/event-log.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { createTickWorld, readTicks } from './fixtures/tick-world.ts';
import { absence } from './fixtures/times.ts';

const targets = await sharedBrokers();
const { keepAlive, awayMs } = absence;

describe.concurrent.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)(
    'a client that was stopped goes on where it was',
    async () => {
      await using world = createTickWorld(brokers, { keepAlive });
      const log = createEventLog();
      await world.serve(log);
      const reader = world.forkClient();
      await reader.heard('tick 3');
      reader.process.kill('SIGSTOP');
      await Promise.all([log.until('closed'), delay(awayMs)]);
      reader.process.kill('SIGCONT');
      await reader.heard('started 2', 'tick after a restart');
      expect(reader.hasSaid('wrong')).toBe(false);
    },
    180_000,
  );

  test.skipIf(skip)(
    'a server that was stopped, the only one, goes on with all that it had',
    async () => {
      await using world = createTickWorld(brokers, { keepAlive });
      const server = await world.forkServer();
      const client = world.connect();
      const streams = Array.from({ length: 20 }, () => readTicks(client, 20));
      await Promise.all(streams.map(({ log }) => log.until('tick 3')));
      server.process.kill('SIGSTOP');
      await delay(awayMs);
      server.process.kill('SIGCONT');
      await Promise.all(streams.map((ticks) => ticks.more(20)));
      expect(streams.flatMap(({ wrong }) => wrong)).toEqual([]);
      for (const ticks of streams) ticks.end();
    },
    180_000,
  );

  test.skipIf(skip)(
    'a server that was stopped gives up the streams that went on elsewhere',
    async () => {
      await using world = createTickWorld(brokers, { keepAlive });
      const stopped = await world.forkServer();
      const ticks = readTicks(world.connect(), 20);
      await ticks.log.until('tick 5');
      stopped.process.kill('SIGSTOP');
      const successor = createEventLog();
      await world.serve(successor);
      await Promise.all([successor.until('opened'), delay(awayMs)]);
      await ticks.more(5);
      stopped.process.kill('SIGCONT');
      await stopped.heard('closed');
      await ticks.more(5);
      expect(ticks.wrong).toEqual([]);
    },
    180_000,
  );
});
