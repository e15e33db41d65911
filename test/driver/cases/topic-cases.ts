import type { Admin } from 'kafkajs';
import { expect } from 'vitest';
import type { DriverCase } from '../driver-case.js';
import { numbered, write } from '../records.js';

/** Topics: what there is, what it is like, how it comes to be, where its records are. */
export const topicCases: readonly DriverCase[] = [
  {
    name: 'counts partitions anew each time, and creates nothing by asking',
    async run({ openDriver, topicName, kafka, onEnd }) {
      const topic = topicName();
      const driver = openDriver();
      expect(await driver.countPartitions(topic)).toBeUndefined();
      expect(await driver.countPartitions(topic)).toBeUndefined();
      await driver.createTopics([{ topic, partitions: 2, config: {} }]);
      expect(await driver.countPartitions(topic)).toBe(2);
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      await admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] });
      // KRaft confirms before its brokers tell: the driver is asked once another client has seen it.
      await untilSeen(admin, topic, 5);
      expect(await driver.countPartitions(topic)).toBe(5);
    },
  },
  {
    name: 'creates topics with their settings and describes them; missing ones are absent',
    async run({ openDriver, topicName }) {
      const [topic, missing] = [topicName(), topicName()];
      const driver = openDriver();
      const config = {
        'cleanup.policy': 'delete',
        'retention.ms': '3600000',
        'segment.ms': '60000',
        'message.timestamp.type': 'LogAppendTime',
      };
      await driver.createTopics([{ topic, partitions: 3, replicationFactor: 1, config }]);
      const found = await driver.describeTopics([topic, missing]);
      expect([...found.keys()]).toEqual([topic]);
      expect(found.get(topic)).toMatchObject({ topic, partitions: 3, replicationFactor: 1, config });
      expect(await driver.describeTopics([])).toEqual(new Map());
    },
  },
  {
    name: 'leaves a topic that exists as it is',
    async run({ openDriver, topicName }) {
      const [topic, other] = [topicName(), topicName()];
      const driver = openDriver();
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);
      await driver.createTopics([
        { topic, partitions: 4, config: {} },
        { topic: other, partitions: 2, config: {} },
      ]);
      expect([await driver.countPartitions(topic), await driver.countPartitions(other)]).toEqual([1, 2]);
      await driver.createTopics([]);
    },
  },
  {
    name: 'can be asked to create the same topic by many at once, and it can be used when it says so',
    async run({ openDriver, topicName }) {
      const topic = topicName();
      const drivers = Array.from({ length: 8 }, openDriver);
      await Promise.all(
        drivers.map(async (driver) => {
          await driver.createTopics([{ topic, partitions: 2, config: {} }]);
          await write(driver, numbered({ topic, partition: 1 }, 1));
        }),
      );
      expect(await drivers[0]!.listOffsets({ topic, at: 'latest' })).toEqual(
        new Map([
          [0, 0],
          [1, 8],
        ]),
      );
    },
  },
  {
    name: 'tries again without the settings that may be left out when they are refused',
    async run({ openDriver, topicName }) {
      const topic = topicName();
      const driver = openDriver();
      const config = { 'retention.ms': '3600000', 'no.such.setting': 'x' };
      await driver.createTopics([{ topic, partitions: 1, config, optionalConfig: ['no.such.setting'] }]);
      const found = (await driver.describeTopics([topic])).get(topic);
      expect(found?.config).toMatchObject({ 'retention.ms': '3600000' });
      expect(found?.config).not.toHaveProperty('no.such.setting');
    },
  },
  {
    name: 'says which topic cannot be created, and why',
    async run({ openDriver, topicName }) {
      const topic = topicName();
      const driver = openDriver();
      const refused = (spec: object) =>
        expect(driver.createTopics([{ topic, partitions: 1, config: {}, ...spec }])).rejects;
      await refused({ config: { 'no.such.setting': 'x' } }).toMatchObject({
        code: 'BROKER_ERROR',
        retryable: false,
        message: expect.stringMatching(new RegExp(`${topic}.*INVALID_CONFIG`)),
      });
      await refused({ replicationFactor: 99 }).toMatchObject({
        message: expect.stringMatching(new RegExp(`${topic}.*INVALID_REPLICATION_FACTOR`)),
      });
      await refused({ topic: 'not a name' }).toMatchObject({
        message: expect.stringContaining('INVALID_TOPIC_EXCEPTION'),
      });
      expect(await driver.countPartitions(topic)).toBeUndefined();
    },
  },
  {
    name: 'lists the offsets at the beginning, at the end and at a time',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic({ partitions: 3 });
      const producer = kafka.producer({ createPartitioner: () => () => 1 });
      await producer.connect();
      onEnd(() => producer.disconnect());
      const start = Date.now() - 60_000;
      const messages = [0, 1, 2, 3].map((i) => ({ value: `${i}`, timestamp: String(start + i * 1000) }));
      await producer.send({ topic, messages });
      const driver = openDriver();
      const list = async (at: 'earliest' | 'latest' | { timestampMs: number }) => [
        ...(await driver.listOffsets({ topic, at })).values(),
      ];
      expect(await list('earliest')).toEqual([0, 0, 0]);
      expect(await list('latest')).toEqual([0, 4, 0]);
      expect(await list({ timestampMs: start + 1500 })).toEqual([0, 2, 0]);
      expect(await list({ timestampMs: start + 60_000 })).toEqual([0, 4, 0]);
      expect(await list({ timestampMs: -5 })).toEqual([0, 0, 0]);
    },
  },
  {
    name: 'says that a topic whose offsets are asked for does not exist',
    async run({ openDriver, topicName }) {
      const topic = topicName();
      await expect(openDriver().listOffsets({ topic, at: 'latest' })).rejects.toMatchObject({
        code: 'TOPIC_MISSING',
        message: expect.stringContaining(topic),
      });
    },
  },
];

/** Resolves when the brokers tell of so many partitions; the case's own time-out ends a wait in vain. */
async function untilSeen(admin: Admin, topic: string, partitions: number): Promise<void> {
  while (true) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    if (topics[0]?.partitions.length === partitions) return;
  }
}
