import type { CommitOffset } from '@trpc-kafka/core';
import type { Kafka } from 'kafkajs';
import { expect } from 'vitest';
import type { DriverCase } from '../driver-case.js';
import { join, type Member, shares } from '../group-member.js';
import { numbered, record, text, write } from '../records.js';

/** What a group has committed, as brokers tell it. */
async function committed(kafka: Kafka, groupId: string, topic: string) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      found!.partitions.map(({ partition, offset, metadata }) => [partition, [Number(offset), metadata]]),
    );
  } finally {
    await admin.disconnect();
  }
}

const places = (member: Member) =>
  member.records.items.map(({ partition, offset }) => `${partition}/${offset}`);

/** Reading as a member of a group: positions, rebalances, commits. */
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
      const counts = [first, second].map((member) => member.assignment().length).sort();
      expect(counts).toEqual([0, 1]);
    },
  },
  {
    name: 'delivers nothing twice and loses nothing when members come and go in order',
    timeoutMs: 60_000,
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 6 });
      const writer = openDriver();
      const groupId = topic;
      const settings = { groupId, topic };
      const first = join(openDriver(), settings);
      await first.ready;
      let written = 0;
      let writing = true;
      const writes = (async () => {
        while (writing) {
          await write(writer, numbered({ topic, partition: written % 6 }, 1, `${written}.`));
          written++;
        }
      })();
      const second = join(openDriver(), settings);
      await shares([first, second], [3, 3]);
      const third = join(openDriver(), settings);
      await shares([first, second, third], [2, 2, 2]);
      await second.leave();
      await shares([first, third], [3, 3]);
      await first.leave();
      await shares([third], [6]);
      writing = false;
      await writes;
      const members = [first, second, third];
      await third.records.until(
        () => members.reduce((sum, member) => sum + member.records.items.length, 0) >= written,
        'all records',
      );
      const all = members.flatMap(places);
      expect(all.length - new Set(all).size).toBe(0);
      expect(new Set(all).size).toBe(written);
    },
  },
  {
    name: 'moves as few partitions as it can, and tells which it kept',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 6 });
      const settings = { groupId: topic, topic };
      const first = join(openDriver(), settings);
      await first.ready;
      const second = join(openDriver(), settings);
      await shares([first, second], [3, 3]);
      const before = [first.assignment(), second.assignment()];
      const third = join(openDriver(), settings);
      await shares([first, second, third], [2, 2, 2]);
      for (const [i, member] of [first, second].entries()) {
        expect(before[i]).toEqual(expect.arrayContaining([...member.assignment()]));
        expect(member.assignments.items.at(-1)!.map(({ kept }) => kept)).toEqual([true, true]);
        expect(member.revocations.items.at(-1)).toEqual(
          before[i]!.filter((partition) => !member.assignment().includes(partition)),
        );
      }
      await third.leave();
      await shares([first, second], [3, 3]);
      for (const member of [first, second]) {
        const [earlier, now] = member.assignments.items.slice(-2);
        expect(now!.filter(({ kept }) => kept).map(({ partition }) => partition)).toEqual(
          earlier!.map(({ partition }) => partition),
        );
      }
    },
  },
  {
    name: 'asks for the last offsets of a generation, and keeps kept partitions where they are',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const moments: string[] = [];
      const asked: CommitOffset[][] = [];
      const first = join(driver, {
        groupId: topic,
        topic,
        commitIntervalMs: 1_000_000,
        offsetsToCommit(moment) {
          moments.push(moment);
          const offsets =
            moment === 'rebalance'
              ? [
                  { partition: 0, offset: 2 },
                  { partition: 1, offset: 2 },
                ]
              : [];
          asked.push(offsets);
          return offsets;
        },
      });
      await first.ready;
      await write(driver, [...numbered({ topic, partition: 0 }, 5), ...numbered({ topic, partition: 1 }, 5)]);
      await first.records.count(10);
      const second = join(openDriver(), { groupId: topic, topic });
      await shares([first, second], [1, 1]);
      expect(moments).toEqual(['rebalance']);
      const [kept] = first.assignments.items.at(-1)!;
      expect(kept).toMatchObject({ kept: true, position: 5, committed: { offset: 2 } });
      // The other begins at the commit; the first goes on behind what it had received.
      const moved = 1 - kept!.partition;
      expect((await second.records.count(3)).map((one) => one.offset)).toEqual([2, 3, 4]);
      expect(second.assignments.items.at(-1)![0]).toMatchObject({
        partition: moved,
        position: 2,
        kept: false,
      });
      await write(driver, [record({ topic, partition: kept!.partition }, 'next')]);
      expect((await first.records.count(11)).slice(10).map((one) => [one.offset, text(one)])).toEqual([
        [5, 'next'],
      ]);
    },
  },
  {
    name: 'never commits backwards, beyond what it received, or for partitions of others',
    async run({ openDriver, createTopic, kafka }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      await write(driver, [
        ...numbered({ topic, partition: 0 }, 10),
        ...numbered({ topic, partition: 1 }, 10),
      ]);
      let offset = 5;
      const settings = { groupId: topic, topic, commitIntervalMs: 1_000_000 };
      const offsetsToCommit = () => [
        { partition: 0, offset },
        { partition: 1, offset },
      ];
      const first = join(openDriver(), { ...settings, offsetsToCommit });
      await first.records.count(20);
      await first.commit();
      for (offset of [3, 11, 1000]) await first.commit();
      expect(await committed(kafka, topic, topic)).toEqual(
        new Map([
          [0, [5, null]],
          [1, [5, null]],
        ]),
      );
      const second = join(openDriver(), { ...settings, offsetsToCommit: () => [] });
      await shares([first, second], [1, 1]);
      offset = 7;
      await first.commit();
      const own = first.assignment()[0]!;
      const after = await committed(kafka, topic, topic);
      expect([after.get(own)![0], after.get(1 - own)![0]]).toEqual([7, 5]);
    },
  },
  {
    name: 'commits by itself as time goes by',
    async run({ openDriver, createTopic, kafka }) {
      const topic = await createTopic();
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic, commitIntervalMs: 20 });
      await member.ready;
      await write(driver, numbered({ topic }, 5));
      await member.records.count(5);
      const consumer = kafka.admin();
      await consumer.connect();
      let offset = -1;
      while (offset < 5) {
        const [found] = await consumer.fetchOffsets({ groupId: topic, topics: [topic] });
        offset = Number(found!.partitions[0]!.offset);
      }
      await consumer.disconnect();
      expect(offset).toBe(5);
    },
  },
  {
    name: 'commits a last time when it leaves, delivers nothing afterwards, and others need not wait for its session',
    async run({ openDriver, createTopic, kafka }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const settings = { groupId: topic, topic, commitIntervalMs: 1_000_000, sessionTimeoutMs: 30_000 };
      const first = join(openDriver(), {
        ...settings,
        offsetsToCommit: (moment) =>
          moment === 'leave' ? first.received().map((one) => ({ ...one, metadata: 'clean' })) : [],
      });
      await first.ready;
      const second = join(openDriver(), { ...settings, offsetsToCommit: () => [] });
      await shares([first, second], [1, 1]);
      const [own] = first.assignment();
      await write(driver, numbered({ topic, partition: own! }, 5));
      await first.records.count(5);
      await first.leave();
      expect((await committed(kafka, topic, topic)).get(own!)).toEqual([5, 'clean']);
      await shares([second], [2]);
      await write(driver, [record({ topic, partition: own! }, 'later')]);
      expect((await second.records.count(1)).map(text)).toEqual(['later']);
      expect(first.records.items).toHaveLength(5);
      expect(first.assignment()).toEqual([]);
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
      expect(told.map((event) => event.type)).toEqual([
        'group-joined',
        'group-rebalancing',
        'group-joined',
        'group-left',
      ]);
      const generations = told.flatMap((event) => (event.type === 'group-joined' ? [event.generation] : []));
      expect(generations[1]!).toBeGreaterThan(generations[0]!);
      expect(told.every((event) => 'groupId' in event && event.groupId === topic)).toBe(true);
    },
  },
];
