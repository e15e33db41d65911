import type { DriverEvent, InboxConsumerOptions, IncomingRecord } from '@trpc-kafka/core';
import { expect } from 'vitest';
import { type Collector, createCollector } from '../../support/collector.js';
import type { DriverCase, TestDriver } from '../driver-case.js';
import { numbered, record, text, write } from '../records.js';

type InboxSettings = Pick<InboxConsumerOptions, 'topic'> & Partial<InboxConsumerOptions>;

/** Opens an inbox that collects what it receives. */
function openInbox(driver: TestDriver, settings: InboxSettings) {
  const records: Collector<IncomingRecord> = createCollector();
  const inbox = driver.openInbox({
    partition: 0,
    from: { at: 'end' },
    resumeFromTimeMs: () => 0,
    onRecords: (fetched) => records.add(...fetched.records),
    ...settings,
  });
  return { ...inbox, records };
}

const isEvent =
  (type: DriverEvent['type']) =>
  (events: readonly DriverEvent[]): boolean =>
    events.some((event) => event.type === type);

/** Reading a partition without a group: from where, in which order, and what happens when the position is lost. */
export const inboxCases: readonly DriverCase[] = [
  {
    name: 'begins at the end, and misses nothing from the moment it is ready',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, numbered({ topic }, 3, 'before'));
      for (let round = 0; round < 10; round++) {
        const inbox = openInbox(driver, { topic });
        expect(inbox.position()).toBeUndefined();
        const first = await inbox.ready;
        expect(inbox.position()).toBe(first);
        const [offset] = await write(driver, [record({ topic }, `round ${round}`)]);
        expect(offset).toBe(first);
        expect((await inbox.records.count(1)).map(text)).toEqual([`round ${round}`]);
        await inbox.close();
      }
    },
  },
  {
    name: 'begins at a time, between records of one batch too',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const producer = kafka.producer({ createPartitioner: () => () => 0 });
      await producer.connect();
      onEnd(() => producer.disconnect());
      const start = Date.now() - 60_000;
      const messages = Array.from({ length: 10 }, (_, i) => ({
        value: `${i}`,
        timestamp: String(start + i * 1000),
      }));
      await producer.send({ topic, messages });
      const from = { at: 'time', timestampMs: start + 6500 } as const;
      const inbox = openInbox(openDriver(), { topic, from });
      expect(await inbox.ready).toBe(7);
      const records = await inbox.records.count(3);
      expect(records.map((one) => [one.offset, text(one), one.timestampMs - start])).toEqual([
        [7, '7', 7000],
        [8, '8', 8000],
        [9, '9', 9000],
      ]);
    },
  },
  {
    name: 'begins at the end when no record is as young as the time',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, numbered({ topic }, 3));
      const from = { at: 'time', timestampMs: Date.now() + 60_000 } as const;
      expect(await openInbox(driver, { topic, from }).ready).toBe(3);
    },
  },
  {
    name: 'delivers in order, tells the high watermark, and knows when it has caught up',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const caughtUp = createCollector<boolean>();
      const watermarks: number[] = [];
      const inbox = openInbox(driver, {
        topic,
        from: { at: 'time', timestampMs: 0 },
        onRecords: (fetched) => {
          watermarks.push(fetched.highWatermark);
          inbox.records.add(...fetched.records);
          // What is known only after the records were handled is looked at when they were.
          setImmediate(() => caughtUp.add(inbox.isCaughtUp()));
        },
      });
      expect(inbox.isCaughtUp()).toBe(false);
      for (let batch = 0; batch < 20; batch++) await write(driver, numbered({ topic }, 50, `${batch}.`));
      const records = await inbox.records.count(1000);
      expect(records.map((one) => one.offset)).toEqual(Array.from({ length: 1000 }, (_, offset) => offset));
      expect(watermarks.at(-1)).toBe(1000);
      await caughtUp.until((all) => all.at(-1) === true, 'the inbox to have caught up');
      expect(inbox.position()).toBe(1000);
    },
  },
  {
    name: 'goes on when its listener throws',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const records = createCollector<IncomingRecord>();
      const inbox = openInbox(driver, {
        topic,
        onRecords: (fetched) => {
          records.add(...fetched.records);
          throw new Error('the listener failed');
        },
      });
      await inbox.ready;
      await write(driver, [record({ topic }, 'a')]);
      await records.count(1);
      await write(driver, [record({ topic }, 'b')]);
      expect((await records.count(2)).map(text)).toEqual(['a', 'b']);
      await driver.events.until(isEvent('listener-failed'), 'the failure to be told');
    },
  },
  {
    name: 'is refused for a topic or partition that does not exist',
    async run({ openDriver, createTopic, topicName }) {
      const topic = await createTopic({ partitions: 2 });
      const missing = topicName();
      const driver = openDriver();
      await expect(openInbox(driver, { topic: missing }).ready).rejects.toMatchObject({
        code: 'TOPIC_MISSING',
        message: expect.stringContaining(missing),
      });
      await expect(openInbox(driver, { topic, partition: 2 }).ready).rejects.toMatchObject({
        code: 'TOPIC_MISSING',
        message: expect.stringContaining('it has 2'),
      });
    },
  },
  {
    name: 'delivers nothing once it is closed',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const [closed, open] = [openInbox(driver, { topic }), openInbox(driver, { topic })];
      await Promise.all([closed.ready, open.ready]);
      const closing = closed.close();
      await write(driver, numbered({ topic }, 10));
      await closing;
      await open.records.count(10);
      expect(closed.records.items).toEqual([]);
      expect(closed.isCaughtUp()).toBe(false);
    },
  },
  {
    name: 'can be closed before it is ready',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const inbox = openInbox(openDriver(), { topic });
      const refused = expect(inbox.ready).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
      await inbox.close();
      await refused;
    },
  },
  {
    name: 'goes to the time it is told when its position is gone',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, numbered({ topic }, 10));
      const asked: number[] = [];
      const inbox = openInbox(driver, {
        topic,
        from: { at: 'time', timestampMs: 0 },
        resumeFromTimeMs: () => {
          asked.push(inbox.position()!);
          return 0;
        },
      });
      await inbox.records.count(10);
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      // The topic is made anew: the position lies beyond its end.
      await admin.deleteTopics({ topics: [topic] });
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);
      await write(driver, numbered({ topic }, 3, 'again'));
      expect((await inbox.records.count(13)).slice(10).map(text)).toEqual(['again0', 'again1', 'again2']);
      expect(asked).toEqual([10]);
      const events = await driver.events.until(isEvent('inbox-position-lost'), 'the loss to be told');
      expect(events.find((event) => event.type === 'inbox-position-lost')).toMatchObject({
        lostOffset: 10,
        resumedAt: 0,
      });
    },
  },
  {
    name: 'skips what transactions leave in a partition',
    needs: ['transactions'],
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const driver = openDriver();
      const inbox = openInbox(driver, { topic });
      await inbox.ready;
      const producer = kafka.producer({
        transactionalId: topic,
        maxInFlightRequests: 1,
        idempotent: true,
        createPartitioner: () => () => 0,
      });
      await producer.connect();
      onEnd(() => producer.disconnect());
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: 'in a transaction' }] });
      // It is delivered while the transaction is open: one that hangs must not hold up an inbox.
      await inbox.records.count(1);
      await transaction.commit();
      // The end of the transaction is written a moment after it was acknowledged.
      const end = async () => (await driver.listOffsets({ topic, at: 'latest' })).get(0)!;
      while ((await end()) < 2);
      await write(driver, [record({ topic }, 'after')]);
      const records = await inbox.records.count(2);
      expect(records.map((one) => [one.offset, text(one)])).toEqual([
        [0, 'in a transaction'],
        [2, 'after'],
      ]);
    },
  },
  {
    name: 'leaves no consumer group behind',
    needs: ['list-groups'],
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      const driver = openDriver();
      const inbox = openInbox(driver, { topic });
      await inbox.ready;
      await write(driver, [record({ topic }, 'a')]);
      await inbox.records.count(1);
      const { groups } = await admin.listGroups();
      expect(groups.filter(({ groupId }) => groupId.includes('trpc-kafka'))).toEqual([]);
    },
  },
];
