import { expect } from 'vitest';
import type { DriverCase } from '../driver-case.js';
import { join } from '../group-member.js';
import { inShort, record, write } from '../records.js';

/** From the first connection to the end. */
export const lifecycleCases: readonly DriverCase[] = [
  {
    name: 'connects, also twice, and tells it once',
    async run({ openDriver, brokers }) {
      const driver = openDriver();
      await Promise.all([driver.connect(), driver.connect()]);
      await driver.connect();
      const told = driver.events.items.filter((event) => event.type === 'connected');
      expect(told).toHaveLength(1);
      expect(brokers).toEqual(
        expect.arrayContaining([...(told[0] as { brokers: readonly string[] }).brokers]),
      );
    },
  },
  {
    name: 'needs no connect before its first use',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      expect(await write(openDriver(), [record({ topic }, 'a')])).toEqual([0]);
    },
  },
  {
    name: 'is not disturbed by a listener of its events that throws, and tells the others',
    async run({ openDriver }) {
      const driver = openDriver();
      driver.on(() => {
        throw new Error('the listener failed');
      });
      await driver.connect();
      await driver.events.until(
        (all) => all.some((event) => event.type === 'listener-failed'),
        'the failure',
      );
    },
  },
  {
    name: 'calls no listener that was removed',
    async run({ openDriver }) {
      const driver = openDriver();
      const told: string[] = [];
      const remove = driver.on((event) => told.push(event.type));
      remove();
      await driver.connect();
      expect(told).toEqual([]);
    },
  },
  {
    name: 'refuses everything once it is closed, and can be closed again',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic });
      await member.ready;
      const inbox = driver.openInbox({
        topic,
        partition: 0,
        from: { at: 'end' },
        resumeFromTimeMs: () => 0,
        onRecords: () => undefined,
      });
      await inbox.ready;
      await Promise.all([driver.close(), driver.close()]);
      await driver.close();
      const closed = { code: 'CLIENT_CLOSED' };
      await expect(driver.connect()).rejects.toMatchObject(closed);
      expect((await driver.produce([record({ topic }, 'a')])).map(inShort)).toEqual(['CLIENT_CLOSED']);
      await expect(driver.countPartitions(topic)).rejects.toMatchObject(closed);
      await expect(driver.describeTopics([topic])).rejects.toMatchObject(closed);
      await expect(driver.createTopics([{ topic, partitions: 1, config: {} }])).rejects.toMatchObject(closed);
      await expect(driver.listOffsets({ topic, at: 'latest' })).rejects.toMatchObject(closed);
      expect(() => join(driver, { groupId: topic, topic })).toThrow(expect.objectContaining(closed));
      expect(member.assignment()).toEqual([]);
      await member.leave();
      await inbox.close();
    },
  },
  {
    name: 'gives what is not written an outcome when it is closed',
    async run({ openDriver, topicName }) {
      const driver = openDriver();
      await driver.connect();
      const outcomes = driver.produce([record({ topic: topicName() }, 'a')]);
      await driver.close();
      expect((await outcomes).map(inShort)).toEqual(['CLIENT_CLOSED']);
    },
  },
];
