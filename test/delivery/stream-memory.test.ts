/** A million items, readers fast and slow: neither process holds more of them than one window. */

import { defaultStreamWindow } from '@trpc-kafka/core/internal';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, describe, expect, test } from 'vitest';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { type ForkedProcess, forkFixture } from './fixtures/forked-process.ts';
import { measureMemory } from './fixtures/memory-report.ts';
import { isFullMatrix } from './fixtures/times.ts';

const kafka = await realKafka();
const devBroker = await createDevBroker();
afterAll(() => devBroker.close());

const targets = [
  { name: 'dev-broker', skip: false, brokers: devBroker.brokers },
  { name: 'real Kafka', skip: kafka.unavailable !== undefined, brokers: kafka.brokers ?? [] },
];

const maxGrowthBytes = 50e6;
/** What was granted, and the item that the generator has made and not sent. */
const mostAhead = defaultStreamWindow.items + 1;

const readers = [
  { reader: '1,000 items a second', perSecond: '1000', upTo: isFullMatrix ? 30_000 : 3000, ahead: mostAhead },
  // An iteration without a pace, which takes at once what it is given: nobody could know whether it did.
  { reader: 'all that comes', perSecond: 'all', upTo: isFullMatrix ? 1_000_000 : 50_000, ahead: 1_000_000 },
];

describe.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip).for(readers)(
    'a generator of a million items, a reader that takes $reader: the memory of neither process grows',
    { timeout: 900_000 },
    async ({ perSecond, upTo, ahead }, { annotate }) => {
      const service = `flood-${process.pid}-${Date.now().toString(36)}`;
      using server = forkFixture('./flood-server.ts', [service, ...brokers]);
      await server.heard('ready');
      using reader = forkFixture('./flood-reader.ts', [service, perSecond, `${upTo}`, ...brokers]);
      await reader.heard('ready');
      const processes = { server, reader };
      const before = await measureAll(processes);
      reader.process.kill('SIGUSR2');
      await reader.heard('there');
      const after = await measureAll(processes);
      const growth = {
        server: after.server.bytes - before.server.bytes,
        reader: after.reader.bytes - before.reader.bytes,
      };
      await annotate(
        `${upTo} items: the server grew by ${growth.server} bytes, the reader by ${growth.reader}`,
      );
      expect(after.reader.done).toBe(upTo);
      expect(after.server.done).toBeLessThanOrEqual(upTo + ahead);
      expect(growth.server).toBeLessThan(maxGrowthBytes);
      expect(growth.reader).toBeLessThan(maxGrowthBytes);
    },
  );
});

async function measureAll({ server, reader }: { server: ForkedProcess; reader: ForkedProcess }) {
  return { server: await measureMemory(server), reader: await measureMemory(reader) };
}
