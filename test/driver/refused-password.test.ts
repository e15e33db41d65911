/** A password that is refused after a while, as when it was changed: told at once, and not said again some tens of times a second. */
import { createKafkajsDriver, type DriverEvent } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { createCollector } from '../support/collector.js';
import { startSaslFront } from '../support/sasl-front.js';
import { join } from './group-member.js';
import { inShort, readAll, record, text } from './records.js';

it('fails what is written with what brokers say, asks again after growing pauses, and goes on when it is right', async () => {
  await using broker = await createDevBroker({ topics: [{ name: 't' }] });
  await using front = await startSaslFront(broker.brokers[0]!, 'secret');
  const driver = createKafkajsDriver(
    new Kafka({
      brokers: broker.brokers,
      logLevel: logLevel.NOTHING,
      sasl: { mechanism: 'plain', username: 'checkout', password: 'secret' },
      socketFactory: front.socketFactory,
    }),
  );
  onTestFinished(() => driver.close());
  const events = createCollector<DriverEvent>();
  driver.on((event) => events.add(event));
  const read = readAll(driver, 't');
  await join(driver, { groupId: 'g', topic: 't' }).ready;
  await driver.produce([record({ topic: 't' }, 'before')]);
  await read.count(1);
  expect(front.answers.items).not.toContain(false);

  front.demand('another');
  front.cut();
  const refused = {
    code: 'AUTHENTICATION_FAILED',
    message: expect.stringContaining('check the sasl settings'),
  };
  for (let n = 0; n < 100; n++) {
    const [outcome] = await driver.produce([record({ topic: 't' }, `refused ${n}`)]);
    expect(outcome).toMatchObject({ ok: false, error: refused });
  }
  const isRefusal = (event: DriverEvent): boolean =>
    event.type === 'inbox-interrupted' && (event.error as { code?: string }).code === 'AUTHENTICATION_FAILED';
  await events.until((all) => all.some(isRefusal), 'the inbox to be refused');
  // The connections of one moment each find out by themselves; writing a hundred times asked no hundred times.
  expect(front.answers.items.filter((right) => !right).length).toBeLessThan(20);
  // A broker that turns us away says which versions it speaks: that is no connection.
  const connections = (): number => events.items.filter(({ type }) => type === 'connected').length;
  const before = connections();
  await front.answers.count(front.answers.items.length + 2);
  expect(connections()).toBe(before);

  front.demand('secret');
  await events.until((all) => all.some(({ type }) => type === 'inbox-recovered'), 'the inbox to recover');
  expect((await driver.produce([record({ topic: 't' }, 'after')])).map(inShort)).toEqual([1]);
  expect((await read.count(2)).map(text)).toEqual(['before', 'after']);
}, 40_000);
