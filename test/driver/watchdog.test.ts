import { createKafkajsDriver, type DriverEvent } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { createCollector } from '../support/collector.js';
import { join } from './group-member.js';
import { record, text, write } from './records.js';

/** A kafkajs whose first consumer that reads stops at its first record and never goes on, without a word. */
function createDeafKafka(brokers: readonly string[]): Kafka {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  let deaf = false;
  return Object.assign(kafka, {
    consumer(...args: Parameters<Kafka['consumer']>) {
      const consumer = Kafka.prototype.consumer.apply(kafka, args);
      const run = consumer.run.bind(consumer);
      consumer.run = (config = {}) => {
        if (deaf) return run(config);
        deaf = true;
        return run({ ...config, eachBatch: () => new Promise<void>(() => {}) });
      };
      return consumer;
    },
  });
}

it('a consumer that has fallen silent is replaced, and told; its member goes on, and nobody waits for it', {
  timeout: 60_000,
}, async () => {
  await using broker = await createDevBroker({ topics: [{ name: 't' }] });
  const driver = createKafkajsDriver(createDeafKafka(broker.brokers));
  onTestFinished(() => driver.close());
  const events = createCollector<DriverEvent>();
  driver.on((event) => events.add(event));
  const member = join(driver, { groupId: 'g', topic: 't' });
  await member.ready;

  await write(driver, [record({ topic: 't' }, 'a')]);
  await events.until((all) => all.some((event) => event.type === 'group-failed'), 'the failure to be told');
  expect((await member.records.count(1)).map(text)).toEqual(['a']);
  const failures = events.items.filter((event) => event.type === 'group-failed');
  expect(failures).toMatchObject([{ restarting: true, error: { code: 'BROKER_ERROR', retryable: true } }]);
  expect(member.revocations.items).toEqual([[0]]);
});

it('a broker that answers everything but fetches is told, asked again, and read from as soon as it answers', {
  timeout: 60_000,
}, async () => {
  await using broker = await createDevBroker({ topics: [{ name: 't' }] });
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
  const driver = createKafkajsDriver(kafka);
  onTestFinished(() => driver.close());
  const events = createCollector<DriverEvent>();
  driver.on((event) => events.add(event));
  const member = join(driver, { groupId: 'g', topic: 't' });
  await member.ready;

  const fault = broker.faults.drop({ api: 'Fetch' });
  await write(driver, [record({ topic: 't' }, 'a')]);
  // Longer than any session: it does not cost the membership.
  await fault.untilHit(5);
  await events.until((all) => all.some(({ type }) => type === 'connection-failed'), 'the silence to be told');
  fault.remove();
  expect((await member.records.count(1)).map(text)).toEqual(['a']);
  expect(events.items.filter(({ type }) => type === 'group-failed')).toEqual([]);
  expect(member.revocations.items).toEqual([]);
});
