import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { createDevBroker, type DevBroker } from '../src/index.js';
import { createCollector } from './support/collector.js';

const base = (broker: DevBroker) => ({ clientId: 'plt', bootstrapBrokers: [...broker.brokers] });

async function startConsumer(broker: DevBroker, groupId: string) {
  const consumer = new Consumer({
    ...base(broker),
    groupId,
    deserializers: stringDeserializers,
    maxWaitTime: 50,
    sessionTimeout: 6000,
    rebalanceTimeout: 6000,
    heartbeatInterval: 50,
  });
  const joins = createCollector<number[]>();
  consumer.on('consumer:group:join', ({ assignments }) =>
    joins.push((assignments ?? []).flatMap((assignment) => assignment.partitions)),
  );
  const stream = await consumer.consume({
    topics: ['orders'],
    mode: MessagesStreamModes.EARLIEST,
    autocommit: true,
  });
  const received = createCollector<string>();
  stream.on('data', (message) =>
    received.push(`${message.partition} ${message.offset} ${message.key}=${message.value}`),
  );
  return {
    joins,
    received,
    async close() {
      await stream.close();
      // Leaves the group first, because the stream is closed.
      await consumer.close();
    },
  };
}

test('records pass through @platformatic/kafka, by the newest versions of the protocol', async () => {
  await using broker = await createDevBroker({ nodes: 2 });
  const admin = new Admin(base(broker));
  const producer = new Producer({ ...base(broker), serializers: stringSerializers, idempotent: true });
  const versions = createCollector<string>();
  broker.requests.observe(({ api, version }) => versions.push(`${api} ${version}`));

  await admin.createTopics({ topics: ['orders'], partitions: 2, replicas: 2 });
  await producer.send({
    messages: [0, 1].map((partition) => ({ topic: 'orders', partition, key: 'k', value: `v${partition}` })),
  });
  const consumer = await startConsumer(broker, 'readers');
  await consumer.received.until((all) => all.length === 2);
  await consumer.close();
  await producer.close();
  await admin.close();

  expect([...consumer.received.items].sort()).toEqual(['0 0 k=v0', '1 0 k=v1']);
  expect(versions.items).toEqual(
    expect.arrayContaining(['ApiVersions 3', 'Metadata 12', 'Produce 11', 'Fetch 17']),
  );
});

test('its consumers share partitions as members come and go', async () => {
  await using broker = await createDevBroker({ topics: [{ name: 'orders', partitions: 4 }] });
  const first = await startConsumer(broker, 'readers');
  const second = await startConsumer(broker, 'readers');
  await first.joins.until((all) => all.at(-1)?.length === 2);
  await second.joins.until((all) => all.at(-1)?.length === 2);
  const shared = [...first.joins.items.at(-1)!, ...second.joins.items.at(-1)!];
  await second.close();
  await first.joins.until((all) => all.at(-1)?.length === 4);
  await first.close();

  expect(shared.sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
});
