/** Brokers that are away, or hang, for longer than a lease: no stream ends for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { createOutageTest } from '../contract/support/outage-test.ts';
import { createEventLog } from '../support/event-log.ts';
import { createTickWorld, readTicks } from './fixtures/tick-world.ts';
import { absence } from './fixtures/times.ts';

const test = createOutageTest();
const { awayMs } = absence;

/** Reads a few streams before, while and after the brokers are away. */
async function streamOver(brokers: readonly string[], away: () => Promise<void>): Promise<void> {
  await using world = createTickWorld(brokers, absence);
  const log = createEventLog();
  await world.serve(log);
  const client = world.connect();
  const streams = Array.from({ length: 10 }, () => readTicks(client, 50));
  await Promise.all(streams.map((ticks) => ticks.log.until('tick 5')));
  await away();
  await Promise.all(streams.map((ticks) => ticks.more(50)));
  expect(streams.flatMap(({ wrong }) => wrong)).toEqual([]);
  // The very streams that there were: neither side took the other for lost.
  expect(log.all()).toEqual(streams.map(() => 'opened'));
}

test('brokers that are away end no stream, and leave no warning of Node’s on the console', async ({
  brokers,
}, outage) => {
  const warnings: string[] = [];
  const note = ({ name, message }: Error): unknown => warnings.push(`${name}: ${message}`);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  await streamOver(brokers, async () => {
    await outage.begin();
    await delay(awayMs);
    await outage.end();
  });
  expect(warnings).toEqual([]);
});

test('brokers that hang end no stream', ({ brokers }, outage) =>
  streamOver(brokers, async () => {
    await outage.hang();
    await delay(awayMs);
    await outage.wake();
  }));
