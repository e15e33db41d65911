import {
  ConfigResourceTypes,
  type ITopicConfig,
  KafkaJSAggregateError,
  type KafkaJSProtocolError,
} from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitV7, produce } from './support/raw-messages.js';
import { recordBatch } from './support/record-batch.js';
import { type Target, targets, unique } from './support/target.js';

/** The Kafka error behind what kafkajs throws. */
async function typeOf(outcome: Promise<unknown>): Promise<string | undefined> {
  const error = await outcome.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const [first] = error instanceof KafkaJSAggregateError ? error.errors : [error];
  return (first as KafkaJSProtocolError | undefined)?.type;
}

describe.each(targets)('%s', (_name, openTarget) => {
  let target: Target;
  let topic: string;

  beforeEach(async () => {
    target = await openTarget();
    topic = await target.topic();
  });

  afterEach(() => target[Symbol.asyncDispose]());

  const setting = (name: string, value: string) => ({ configEntries: [{ name, value }] });
  const byHand = (...replicas: number[][]) => ({
    numPartitions: -1,
    replicationFactor: -1,
    replicaAssignment: replicas.map((nodes, partition) => ({ partition, replicas: nodes })),
  });

  test.each<[string, Partial<ITopicConfig>, string | undefined]>([
    ['nothing special', {}, undefined],
    ['the broker’s defaults', { numPartitions: -1, replicationFactor: -1 }, undefined],
    ['more replicas than nodes', { replicationFactor: 2 }, 'INVALID_REPLICATION_FACTOR'],
    ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
    ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['too many partitions', { numPartitions: 1_000_000 }, 'POLICY_VIOLATION'],
    ['an empty name', { topic: '' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name with a slash', { topic: 'a/b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name of dots', { topic: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    ['a name that is too long', { topic: 'x'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
    ['a setting that does not exist', setting('nonsense', '1'), 'INVALID_CONFIG'],
    ['a number that is none', setting('retention.ms', 'soon'), 'INVALID_CONFIG'],
    ['a number below its least', setting('segment.ms', '0'), 'INVALID_CONFIG'],
    ['a flag that is none', setting('preallocate', 'maybe'), 'INVALID_CONFIG'],
    ['a policy that does not exist', setting('cleanup.policy', 'burn'), 'INVALID_CONFIG'],
    ['two policies', setting('cleanup.policy', 'compact,delete'), undefined],
    ['a replica on an unknown node', byHand([9]), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a replica twice on a node', byHand([1, 1]), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a partition without replicas', byHand([]), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a place and a number', { ...byHand([1]), numPartitions: 1 }, 'INVALID_REQUEST'],
  ])('creating a topic with %s', async (_what, special, type) => {
    const topics = [{ topic: unique('new'), numPartitions: 1, replicationFactor: 1, ...special }];
    expect(await typeOf(target.admin.createTopics({ topics }))).toBe(type);
  });

  test('a topic like another but for a dot is refused', async () => {
    const name = unique('dot.ted');
    const create = (topicName: string) => target.admin.createTopics({ topics: [{ topic: topicName }] });
    await create(name);

    expect(await typeOf(create(name.replace('.', '_')))).toBe('INVALID_TOPIC_EXCEPTION');
  });

  test('topics grow and never shrink', async () => {
    const grow = (count: number) => target.admin.createPartitions({ topicPartitions: [{ topic, count }] });

    expect(await typeOf(grow(3))).toBeUndefined();
    expect(await typeOf(grow(3))).toBe('INVALID_PARTITIONS');
    expect(await typeOf(grow(2))).toBe('INVALID_PARTITIONS');
  });

  test('settings have Kafka’s defaults and tell where they come from', async () => {
    const configNames = [
      'cleanup.policy',
      'retention.ms',
      'max.message.bytes',
      'segment.jitter.ms',
      'flush.messages',
    ];
    const named = await target.topic({ 'retention.ms': '5' });
    const { resources } = await target.admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: named, configNames }],
      includeSynonyms: true,
    });
    const told = resources[0]?.configEntries.map((entry) => [
      entry.configName,
      entry.configValue,
      entry.configSource,
      ...entry.configSynonyms.map((synonym) => `${synonym.configName}=${synonym.configValue}`),
    ]);

    expect(new Set(told)).toEqual(
      new Set([
        ['cleanup.policy', 'delete', 5, 'log.cleanup.policy=delete'],
        ['flush.messages', '9223372036854775807', 5, 'log.flush.interval.messages=9223372036854775807'],
        ['max.message.bytes', '1048588', 5, 'message.max.bytes=1048588'],
        ['retention.ms', '5', 1, 'retention.ms=5'],
        ['segment.jitter.ms', '0', 5],
      ]),
    );
  });

  test.each([
    ['of a topic that does not exist', 'nowhere', 'retention.ms', '5', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['to nonsense', undefined, 'retention.ms', 'soon', 'INVALID_CONFIG'],
    ['that do not exist', undefined, 'nonsense', '1', 'INVALID_CONFIG'],
  ])('changing settings %s is refused', async (...[, name, setName, value, type]) => {
    const configEntries = [{ name: setName, value }];
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: name ?? topic, configEntries }];
    expect(await typeOf(target.admin.alterConfigs({ validateOnly: false, resources }))).toBe(type);
  });

  test('records are deleted up to an offset, and not beyond the end', async () => {
    using client = await target.connect();
    await produce(
      client,
      { topic },
      recordBatch({ records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] }),
    );
    const ends = () => target.admin.fetchTopicOffsets(topic);
    const deleteTo = (offset: string) =>
      target.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });

    expect(await ends()).toMatchObject([{ low: '0', high: '3' }]);
    await deleteTo('2');
    expect(await ends()).toMatchObject([{ low: '2', high: '3' }]);
    await expect(deleteTo('4')).rejects.toThrow();
    await deleteTo('-1');
    expect(await ends()).toMatchObject([{ low: '3', high: '3' }]);
  });

  test.each([
    ['plain', false],
    ['compressed', true],
  ])('offsets are found by time inside of %s batches', async (_what, gzip) => {
    using client = await target.connect();
    const at = (...times: number[]) =>
      recordBatch({ gzip, records: times.map((timestamp) => ({ value: 'v', timestamp })) });
    await produce(client, { topic }, at(100, 200, 300));
    await produce(client, { topic }, at(250, 400));
    const offsetAt = async (time: number) => {
      const [partition] = await target.admin.fetchTopicOffsetsByTimestamp(topic, time);
      return Number(partition?.offset);
    };

    // kafkajs answers with the end where the broker finds nothing.
    expect(await Promise.all([1, 200, 201, 301, 401].map(offsetAt))).toEqual([0, 1, 2, 4, 5]);
  });

  test('groups are described, listed and deleted only when nobody is in them', async () => {
    const groupId = unique('group');
    using client = await target.connect();
    await client.send(commitV7, {
      groupId,
      generationId: -1,
      memberId: '',
      topics: [{ name: topic, partitions: [{ index: 0, offset: 5 }] }],
    });
    const { groups } = await target.admin.describeGroups([groupId, unique('nobody')]);
    const listed = (await target.admin.listGroups()).groups.filter((group) => group.groupId === groupId);
    const [deleted] = await target.admin.deleteGroups([groupId]);

    expect(new Set(groups.map(({ state }) => state))).toEqual(new Set(['Empty', 'Dead']));
    expect(listed).toEqual([{ groupId, protocolType: '' }]);
    expect(deleted).toMatchObject({ groupId, errorCode: 0 });
  });
});
