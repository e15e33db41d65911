import { ConfigResourceTypes, KafkaJSAggregateError, type KafkaJSProtocolError } from 'kafkajs';
import { expect, test } from 'vitest';
import { startKafkajsCluster } from './support/kafkajs-cluster.js';

const typeOf = (error: unknown): string | undefined => {
  const [first] = error instanceof KafkaJSAggregateError ? error.errors : [error];
  return (first as KafkaJSProtocolError).type;
};

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

test.each([
  ['more replicas than nodes', { topic: 'a', replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
  ['no replicas', { topic: 'a', replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
  ['no partitions', { topic: 'a', numPartitions: 0 }, 'INVALID_PARTITIONS'],
  ['too many partitions', { topic: 'a', numPartitions: 1_000_000 }, 'POLICY_VIOLATION'],
  ['a name with a slash', { topic: 'a/b' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name of dots', { topic: '..' }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name that is too long', { topic: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
  ['a name like another but for a dot', { topic: 'a_b' }, 'INVALID_TOPIC_EXCEPTION'],
  [
    'a setting that does not exist',
    { topic: 'a', configEntries: [{ name: 'nonsense', value: '1' }] },
    'INVALID_CONFIG',
  ],
  [
    'a value that is none',
    { topic: 'a', configEntries: [{ name: 'retention.ms', value: 'soon' }] },
    'INVALID_CONFIG',
  ],
  [
    'a replica on an unknown node',
    {
      topic: 'a',
      numPartitions: -1,
      replicationFactor: -1,
      replicaAssignment: [{ partition: 0, replicas: [9] }],
    },
    'INVALID_REPLICA_ASSIGNMENT',
  ],
])('a topic with %s is refused', async (_what, topic, type) => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'a.b' }] });
  const admin = await cluster.admin();
  const error = await admin.createTopics({ topics: [topic] }).catch((thrown: unknown) => thrown);

  expect(typeOf(error)).toBe(type);
  expect(await admin.listTopics()).toEqual(['a.b']);
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

test('topics shrink never', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'a', partitions: 3 }] });
  const admin = await cluster.admin();
  for (const count of [2, 3]) {
    const error = await admin
      .createPartitions({ topicPartitions: [{ topic: 'a', count }] })
      .catch((thrown: unknown) => thrown);
    expect(typeOf(error)).toBe('INVALID_PARTITIONS');
  }
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
