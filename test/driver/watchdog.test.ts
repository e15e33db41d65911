import { createKafkajsDriver, type DriverEvent } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { createCollector } from './collector.js';
import { join } from './group-member.js';
import { record, text, write } from './records.js';

// kafkajs sends heartbeats only when fetches return, and tells nobody when they do not.
it('a consumer that has fallen silent is replaced, and told', { timeout: 60_000 }, async () => {
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
  await events.until((all) => all.some((event) => event.type === 'group-failed'), 'the failure to be told');
  fault.remove();
  expect((await member.records.count(1)).map(text)).toEqual(['a']);
  const failures = events.items.filter((event) => event.type === 'group-failed');
  expect(failures).toMatchObject([{ restarting: true, error: { code: 'BROKER_ERROR', retryable: true } }]);
  expect(member.revocations.items).toEqual([[0]]);
});
