/** A million items, readers fast and slow: neither process holds more of them than one window. */

import { defaultStreamWindow } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { isFullMatrix } from '../support/full-matrix.ts';
import { measureMemory } from '../support/memory-report.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { uniqueName } from '../support/unique-name.ts';

const targets = await sharedBrokers();

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
      const service = uniqueName('flood');
      using server = forkFixture(new URL('./fixtures/flood-server.ts', import.meta.url), [
        service,
        ...brokers,
      ]);
      await server.heard('ready');
      using reader = forkFixture(new URL('./fixtures/flood-reader.ts', import.meta.url), [
        service,
        perSecond,
        `${upTo}`,
        ...brokers,
      ]);
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
