import { expect, test } from 'vitest';
import { createCollector } from './support/collector.js';
import { startKafkajsCluster } from './support/kafkajs-cluster.js';

test('records arrive with key, value, headers and offsets as they were sent', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'orders' }] });
  const producer = await cluster.producer();
  const consumer = await cluster.consumer('readers');
  const received = createCollector<{
    offset: string;
    key: string | undefined;
    value: string | null;
    trace: string;
  }>();

  const sent = await producer.send({
    topic: 'orders',
    messages: [
      { key: 'a', value: 'first', headers: { trace: '1' } },
      { value: null, headers: { trace: '2' } },
    ],
  });
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { offset, key, value, headers } }) =>
      received.push({
        offset,
        key: key?.toString(),
        value: value?.toString() ?? null,
        trace: String(headers?.['trace']),
      }),
  });

  expect(sent).toMatchObject([{ errorCode: 0, baseOffset: '0', logAppendTime: '-1' }]);
  expect(await received.until((items) => items.length === 2)).toEqual([
    { offset: '0', key: 'a', value: 'first', trace: '1' },
    { offset: '1', key: undefined, value: null, trace: '2' },
  ]);
});

test('leaders are spread over the nodes and every partition can be written and read', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 3, topics: [{ name: 'spread', partitions: 6 }] });
  const admin = await cluster.admin();
  const producer = await cluster.producer();
  const consumer = await cluster.consumer('readers');
  const received = createCollector<string>();

  const { topics } = await admin.fetchTopicMetadata({ topics: ['spread'] });
  const leaders = topics[0]!.partitions.map((partition) => partition.leader);
  await consumer.subscribe({ topic: 'spread', fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => received.push(`${partition}=${String(message.value)}`),
  });
  await producer.send({
    topic: 'spread',
    messages: [0, 1, 2, 3, 4, 5].map((partition) => ({ partition, value: `p${partition}` })),
  });

  expect(new Set(leaders)).toEqual(new Set([1, 2, 3]));
  const all = await received.until((items) => items.length === 6);
  expect([...all].sort()).toEqual(['0=p0', '1=p1', '2=p2', '3=p3', '4=p4', '5=p5']);
});
