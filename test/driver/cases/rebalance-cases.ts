import type { CommitOffset, IncomingRecord } from '@trpc-kafka/core';
import { expect } from 'vitest';
import { createCollector } from '../../support/collector.js';
import { committed } from '../committed.js';
import type { DriverCase } from '../driver-case.js';
import { join, shares } from '../group-member.js';
import { numbered, record, text, write } from '../records.js';

/** Members come and go: what moves, what is committed when, that nothing is lost or delivered twice. */
export const rebalanceCases: readonly DriverCase[] = [
  {
    name: 'delivers nothing twice and loses nothing when members come and go in order',
    timeoutMs: 60_000,
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 6 });
      const writer = openDriver();
      const groupId = topic;
      const together = createCollector<IncomingRecord>();
      const settings = { groupId, topic, together };
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
      await together.count(written);
      const all = together.items.map(({ partition, offset }) => `${partition}/${offset}`);
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
];
