/** A service that changes its driver is deployed instance by instance: for a while its group has members of both. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../support/collector.js';
import { realKafka } from '../support/real-kafka/real-kafka.js';
import { uniqueName } from '../support/unique-name.ts';
import { join, shares } from './group-member.js';
import { numbered, text, write } from './records.js';
import { drivers } from './targets.js';

const kafka = await realKafka();

describe.each([
  ['dev-broker', undefined],
  ['Apache Kafka', kafka.brokers],
])('members on both drivers, on %s', (name, shared) => {
  it.skipIf(name === 'Apache Kafka' && kafka.unavailable)(
    'share partitions whoever leads, and hand them over without a record lost or repeated',
    { timeout: 60_000 },
    async ({ onTestFinished }) => {
      const broker = shared === undefined ? await createDevBroker() : undefined;
      onTestFinished(() => broker?.close());
      const opened = drivers.map((target) => target.create(shared ?? broker!.brokers));
      for (const driver of opened) onTestFinished(() => driver.close());
      for (const [first, second] of [opened, [...opened].reverse()] as const) {
        const topic = uniqueName('mixed');
        await first!.createTopics([{ topic, partitions: 4, config: {} }]);
        const together = createCollector<Parameters<typeof text>[0]>();
        const old = join(first!, { groupId: topic, topic, together });
        await old.ready;
        for (let partition = 0; partition < 4; partition++)
          await write(first!, numbered({ topic, partition }, 3, `${partition}:`));
        await together.count(12);
        const young = join(second!, { groupId: topic, topic, together });
        await shares([old, young], [2, 2]);
        // It moved what it had to.
        const kept = old.assignments.items.at(-1)!.map(({ partition }) => partition);
        expect([...kept, ...young.assignment()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
        for (let partition = 0; partition < 4; partition++)
          await write(second!, numbered({ topic, partition }, 3, `${partition}.`));
        await together.count(24);
        await old.leave();
        await shares([young], [4]);
        await write(second!, numbered({ topic, partition: kept[0]! }, 1, 'last'));
        await together.count(25);
        expect(new Set(together.items.map(text)).size).toBe(25);
        await young.leave();
      }
    },
  );
});
