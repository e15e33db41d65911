import { CompressionTypes } from 'kafkajs';
import { expect, test } from 'vitest';
import { startKafkajsCluster } from './support/kafkajs-cluster.js';

const at = (timestamp: number) => ({ value: `${timestamp}`, timestamp: `${timestamp}` });

test.each([
  ['plain', CompressionTypes.None],
  ['compressed', CompressionTypes.GZIP],
])('the first record at a time or later is found inside of %s batches', async (_what, compression) => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'a' }] });
  const producer = await cluster.producer();
  const admin = await cluster.admin();
  await producer.send({ topic: 'a', compression, messages: [at(100), at(200), at(300)] });
  await producer.send({ topic: 'a', compression, messages: [at(250), at(400)] });
  const offsetAt = async (timestamp: number): Promise<string | undefined> => {
    const [partition] = await admin.fetchTopicOffsetsByTimestamp('a', timestamp);
    return partition?.offset;
  };

  expect(await offsetAt(1)).toBe('0');
  expect(await offsetAt(200)).toBe('1');
  expect(await offsetAt(201)).toBe('2');
  expect(await offsetAt(301)).toBe('4');
  // kafkajs answers with the end where the broker finds nothing.
  expect(await offsetAt(401)).toBe('5');
});

test('with append time a batch is found by the time it arrived', async () => {
  await using cluster = await startKafkajsCluster({
    topics: [{ name: 'a', configs: { 'message.timestamp.type': 'LogAppendTime' } }],
  });
  const producer = await cluster.producer();
  const admin = await cluster.admin();
  const before = Date.now();
  const [sent] = await producer.send({ topic: 'a', messages: [at(1), at(2)] });
  const appendTime = Number(sent?.logAppendTime);

  expect(appendTime).toBeGreaterThanOrEqual(before);
  expect(await admin.fetchTopicOffsetsByTimestamp('a', appendTime)).toMatchObject([{ offset: '0' }]);
  expect(await admin.fetchTopicOffsetsByTimestamp('a', appendTime + 1)).toMatchObject([{ offset: '2' }]);
});
