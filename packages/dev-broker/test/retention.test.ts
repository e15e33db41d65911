import { expect, test } from 'vitest';
import { startKafkajsCluster } from './support/kafkajs-cluster.js';
import { connectRaw } from './support/raw-client.js';
import { fetch } from './support/raw-messages.js';

const old = { value: 'old', timestamp: `${Date.now() - 10_000}` };

test('records that are too old go, and offsets stay', async () => {
  await using cluster = await startKafkajsCluster({
    topics: [{ name: 'a', configs: { 'retention.ms': '5000' } }],
  });
  const producer = await cluster.producer();
  const admin = await cluster.admin();
  await producer.send({ topic: 'a', messages: [old, old] });
  await producer.send({ topic: 'a', messages: [{ value: 'young' }] });
  cluster.broker.enforceRetention();
  using client = await connectRaw(cluster.broker.brokers[0]!);

  expect(await admin.fetchTopicOffsets('a')).toMatchObject([{ low: '2', high: '3' }]);
  expect(await fetch(client, { topic: 'a', offset: 1 })).toMatchObject({ errorCode: 1 });
  expect(await fetch(client, { topic: 'a', offset: 2 })).toMatchObject({ errorCode: 0, logStartOffset: 2 });
});

test('what exceeds retention.bytes goes, oldest first', async () => {
  await using cluster = await startKafkajsCluster({
    topics: [{ name: 'a', configs: { 'retention.bytes': '2500' } }],
  });
  const producer = await cluster.producer();
  const admin = await cluster.admin();
  for (let i = 0; i < 5; i++) await producer.send({ topic: 'a', messages: [{ value: 'x'.repeat(1000) }] });
  cluster.broker.enforceRetention();

  expect(await admin.fetchTopicOffsets('a')).toMatchObject([{ low: '2', high: '5' }]);
});

test('compacted topics keep what is old', async () => {
  await using cluster = await startKafkajsCluster({
    topics: [{ name: 'a', configs: { 'retention.ms': '5000', 'cleanup.policy': 'compact' } }],
  });
  const producer = await cluster.producer();
  const admin = await cluster.admin();
  await producer.send({ topic: 'a', messages: [{ ...old, key: 'k' }] });
  cluster.broker.enforceRetention();

  expect(await admin.fetchTopicOffsets('a')).toMatchObject([{ low: '0', high: '1' }]);
});

test('retention is looked at by itself in its interval', async () => {
  await using cluster = await startKafkajsCluster({
    'log.retention.check.interval.ms': 5,
    topics: [{ name: 'a', configs: { 'retention.ms': '5000' } }],
  });
  const producer = await cluster.producer();
  using client = await connectRaw(cluster.broker.brokers[0]!);
  await producer.send({ topic: 'a', messages: [old] });
  let start = 0;
  while (start === 0) start = (await fetch(client, { topic: 'a', offset: 1 })).logStartOffset;

  expect(start).toBe(1);
});

test('records are deleted up to an offset', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'a' }] });
  const producer = await cluster.producer();
  const admin = await cluster.admin();
  await producer.send({ topic: 'a', messages: ['1', '2', '3'].map((value) => ({ value })) });
  // kafkajs deletes only in topics it has metadata of.
  await admin.fetchTopicOffsets('a');
  await admin.deleteTopicRecords({ topic: 'a', partitions: [{ partition: 0, offset: '2' }] });
  using client = await connectRaw(cluster.broker.brokers[0]!);

  expect(await admin.fetchTopicOffsets('a')).toMatchObject([{ low: '2', high: '3' }]);
  // The batch is still there, because one of its records is; what is before the start must not be asked for.
  expect(await fetch(client, { topic: 'a', offset: 1 })).toMatchObject({ errorCode: 1 });
  await admin.deleteTopicRecords({ topic: 'a', partitions: [{ partition: 0, offset: '-1' }] });
  expect(await admin.fetchTopicOffsets('a')).toMatchObject([{ low: '3', high: '3' }]);
});
