import { ConfigResourceTypes } from 'kafkajs';
import { expect, test } from 'vitest';
import { startKafkajsCluster } from './support/kafkajs-cluster.js';

test('topics are made, told of, grown and deleted', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 3 });
  const admin = await cluster.admin();
  const topic = { topic: 'a', numPartitions: 3, replicationFactor: 2 };

  expect(await admin.createTopics({ topics: [topic] })).toBe(true);
  expect(await admin.createTopics({ topics: [topic] })).toBe(false);
  expect(await admin.listTopics()).toEqual(['a']);
  await admin.createPartitions({ topicPartitions: [{ topic: 'a', count: 5 }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: ['a'] });
  expect(topics[0]?.partitions).toHaveLength(5);
  expect(topics[0]?.partitions[4]).toMatchObject({
    partitionId: 4,
    replicas: { length: 2 },
    isr: { length: 2 },
  });
  await admin.deleteTopics({ topics: ['a'] });
  expect(await admin.listTopics()).toEqual([]);
});

test('without numbers a topic gets the defaults of the broker', async () => {
  await using cluster = await startKafkajsCluster({
    nodes: 2,
    'num.partitions': 4,
    'default.replication.factor': 2,
  });
  const admin = await cluster.admin();
  await admin.createTopics({ topics: [{ topic: 'a' }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: ['a'] });

  expect(topics[0]?.partitions).toHaveLength(4);
  expect(topics[0]?.partitions[0]?.replicas).toHaveLength(2);
});

test('replicas can be placed by hand', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 3 });
  const admin = await cluster.admin();
  const replicaAssignment = [
    { partition: 1, replicas: [2] },
    { partition: 0, replicas: [3, 1] },
  ];
  await admin.createTopics({
    topics: [{ topic: 'a', numPartitions: -1, replicationFactor: -1, replicaAssignment }],
  });

  expect([cluster.broker.leaderOf('a', 0), cluster.broker.leaderOf('a', 1)]).toEqual([3, 2]);
});

test('settings are told with where they come from, and can be changed', async () => {
  await using cluster = await startKafkajsCluster({
    'log.retention.ms': 1234,
    topics: [{ name: 'a', configs: { 'cleanup.policy': 'compact' } }],
  });
  const admin = await cluster.admin();
  const type = ConfigResourceTypes.TOPIC;
  const configNames = ['cleanup.policy', 'retention.ms', 'max.message.bytes'];
  const describe = async () => {
    const { resources } = await admin.describeConfigs({
      resources: [{ type, name: 'a', configNames }],
      includeSynonyms: false,
    });
    return resources[0]?.configEntries.map(({ configName, configValue, configSource }) => [
      configName,
      configValue,
      configSource,
    ]);
  };

  expect(await describe()).toEqual([
    ['cleanup.policy', 'compact', 1],
    ['max.message.bytes', '1048588', 5],
    ['retention.ms', '1234', 4],
  ]);
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type, name: 'a', configEntries: [{ name: 'max.message.bytes', value: '5' }] }],
  });
  expect(await describe()).toEqual([
    ['cleanup.policy', 'delete', 5],
    ['max.message.bytes', '5', 1],
    ['retention.ms', '1234', 4],
  ]);
  await expect(
    admin.describeConfigs({ resources: [{ type, name: 'nowhere' }], includeSynonyms: false }),
  ).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
});

test('a topic is made on demand only if the broker says so', async () => {
  const message = { topic: 'new', messages: [{ value: 'v' }] };
  await using strict = await startKafkajsCluster();
  await using lenient = await startKafkajsCluster({ 'auto.create.topics.enable': true });
  const refused = await strict.producer({ allowAutoTopicCreation: true, retry: { retries: 1 } });
  const accepted = await lenient.producer({ allowAutoTopicCreation: true });

  await expect(refused.send(message)).rejects.toMatchObject({
    cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION' },
  });
  expect(await accepted.send(message)).toMatchObject([{ topicName: 'new', errorCode: 0 }]);
});
