import { expect } from 'vitest';
import { committed } from '../committed.js';
import type { DriverCase } from '../driver-case.js';
import { join, shares } from '../group-member.js';
import { numbered, record, text, write } from '../records.js';

/** Reading as a member of a group: positions, pauses, what is lost, what is told. */
export const groupCases: readonly DriverCase[] = [
  {
    name: 'is ready with its positions, and misses nothing from that moment',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      for (let round = 0; round < 3; round++) {
        const member = join(driver, { groupId: `${topic}.${round}`, topic });
        await member.ready;
        expect(member.assignment()).toEqual([0, 1]);
        await write(driver, [record({ topic, partition: 1 }, `round ${round}`)]);
        const records = await member.records.count(round + 1);
        expect(text(records.at(-1)!)).toBe(`round ${round}`);
        await member.leave();
      }
    },
  },
  {
    name: 'begins at the earliest record when nothing was committed, and tells what it found',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      await write(driver, numbered({ topic, partition: 1 }, 3));
      const told: string[] = [];
      const member = join(driver, {
        groupId: topic,
        topic,
        onAssigned: (partitions) => told.push(JSON.stringify(partitions)),
        onRecords: (fetched) => {
          told.push('records');
          member.records.add(...fetched.records);
        },
      });
      expect((await member.records.count(3)).map(text)).toEqual(['0', '1', '2']);
      const found = { committed: undefined, kept: false };
      expect(told[0]).toBe(
        JSON.stringify(
          [
            { partition: 0, position: 0, endOffset: 0, ...found },
            { partition: 1, position: 0, endOffset: 3, ...found },
          ].map(({ partition, position, committed: none, endOffset, kept }) => ({
            partition,
            position,
            committed: none,
            endOffset,
            kept,
          })),
        ),
      );
    },
  },
  {
    name: 'goes on where the group has committed, and reads the metadata of the commit',
    async run({ openDriver, createTopic, kafka }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, numbered({ topic }, 10));
      const offsetsToCommit = () => [{ partition: 0, offset: 4, metadata: 'clean' }];
      const first = join(driver, { groupId: topic, topic, offsetsToCommit });
      await first.records.count(10);
      await first.commit();
      expect(await committed(kafka, topic, topic)).toEqual(new Map([[0, [4, 'clean']]]));
      await first.leave();

      const second = join(driver, { groupId: topic, topic, offsetsToCommit: () => [] });
      const records = await second.records.count(6);
      expect(records.map((one) => one.offset)).toEqual([4, 5, 6, 7, 8, 9]);
      expect(second.assignments.items[0]).toEqual([
        {
          partition: 0,
          position: 4,
          committed: { offset: 4, metadata: 'clean' },
          endOffset: 10,
          kept: false,
        },
      ]);
    },
  },
  {
    name: 'is ready without a partition when there are more members than partitions',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const first = join(openDriver(), { groupId: topic, topic });
      await first.ready;
      const second = join(openDriver(), { groupId: topic, topic });
      await second.ready;
      const counts = [first, second].map((member) => member.assignment().length);
      expect(counts).toEqual(expect.arrayContaining([0, 1]));
    },
  },
  {
    name: 'stops fetching paused partitions, and goes on when they resume',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic });
      await member.ready;
      member.pause([0]);
      await write(driver, numbered({ topic, partition: 0 }, 3, 'paused'));
      await write(driver, numbered({ topic, partition: 1 }, 3, 'flowing'));
      // What was fetched before the pause may arrive; it was empty.
      expect((await member.records.count(3)).map(text)).toEqual(['flowing0', 'flowing1', 'flowing2']);
      await write(driver, numbered({ topic, partition: 1 }, 1, 'more'));
      await member.records.count(4);
      expect(member.records.items.filter((one) => one.partition === 0)).toEqual([]);
      member.resume([0]);
      expect((await member.records.count(7)).slice(4).map(text)).toEqual(['paused0', 'paused1', 'paused2']);
    },
  },
  {
    name: 'goes on when its listeners throw',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const member = join(driver, {
        groupId: topic,
        topic,
        onAssigned: () => {
          throw new Error('the listener failed');
        },
        onRecords: (fetched) => {
          member.records.add(...fetched.records);
          throw new Error('the listener failed');
        },
      });
      await member.ready;
      for (const value of ['a', 'b', 'c']) {
        const before = member.records.items.length;
        await write(driver, [record({ topic }, value)]);
        await member.records.count(before + 1);
      }
      expect(member.records.items.map(text)).toEqual(['a', 'b', 'c']);
      const failures = driver.events.items.filter((event) => event.type === 'listener-failed');
      expect(failures.length).toBeGreaterThanOrEqual(4);
    },
  },
  {
    name: 'takes up the earliest record when its position is gone',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic });
      await member.ready;
      await write(driver, numbered({ topic }, 10));
      await member.records.count(10);
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      await admin.deleteTopics({ topics: [topic] });
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);
      await write(driver, numbered({ topic }, 3, 'again'));
      const records = await member.records.until(
        (all) => all.some((one) => text(one) === 'again2'),
        'again2',
      );
      expect(records.slice(10).map(text)).toEqual(['again0', 'again1', 'again2']);
    },
  },
  {
    name: 'begins at the earliest record when what was committed is gone, and tells it',
    needs: ['delete-records'],
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, numbered({ topic }, 10));
      const first = join(driver, {
        groupId: topic,
        topic,
        offsetsToCommit: () => [{ partition: 0, offset: 3 }],
      });
      await first.records.count(10);
      await first.leave();
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      // kafkajs deletes only in topics whose metadata it happens to have.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '7' }] });
      const second = join(driver, { groupId: topic, topic });
      expect((await second.records.count(3)).map(text)).toEqual(['7', '8', '9']);
      expect(second.assignments.items[0]![0]).toMatchObject({ position: 7, committed: { offset: 3 } });
      const lost = driver.events.items.filter((event) => event.type === 'group-position-lost');
      expect(lost).toMatchObject([{ lostOffset: 3, resumedAt: 7 }]);
    },
  },
  {
    name: 'reads partitions that were added',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic });
      await member.ready;
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
      await write(driver, numbered({ topic, partition: 2 }, 3));
      expect((await member.records.count(3)).map(text)).toEqual(['0', '1', '2']);
      expect(member.assignment()).toEqual([0, 1, 2]);
    },
  },
  {
    name: 'is refused in a group whose members share partitions out in another way',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const other = kafka.consumer({ groupId: topic });
      await other.connect();
      onEnd(() => other.disconnect());
      await other.subscribe({ topic });
      const joined = new Promise((resolve) => other.on('consumer.group_join', resolve));
      await other.run({ eachMessage: async () => undefined });
      await joined;
      await expect(join(openDriver(), { groupId: topic, topic }).ready).rejects.toMatchObject({
        code: 'BROKER_ERROR',
        retryable: false,
        message: expect.stringContaining('give it a group id of its own'),
      });
    },
  },
  {
    name: 'is refused for a topic that does not exist',
    async run({ openDriver, topicName }) {
      const topic = topicName();
      const driver = openDriver();
      await expect(join(driver, { groupId: topic, topic }).ready).rejects.toMatchObject({
        code: 'TOPIC_MISSING',
        message: expect.stringContaining(topic),
      });
    },
  },
  {
    name: 'tells when it joins, is rebalanced and leaves',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic });
      await member.ready;
      const other = join(openDriver(), { groupId: topic, topic });
      await shares([member, other], [1, 1]);
      await member.leave();
      const told = driver.events.items.filter((event) => event.type.startsWith('group-'));
      // A busy broker may have a member join more often than the others' coming and going asks for.
      const types = told.map((event) => event.type).filter((type, n, all) => type !== all[n - 1]);
      expect(types.slice(0, 3)).toEqual(['group-joined', 'group-rebalancing', 'group-joined']);
      expect(types.at(-1)).toBe('group-left');
      const generations = told.flatMap((event) => (event.type === 'group-joined' ? [event.generation] : []));
      expect(generations).toEqual([...new Set(generations)].sort((a, b) => a - b));
      expect(told.every((event) => 'groupId' in event && event.groupId === topic)).toBe(true);
    },
  },
];
