import type {
  FetchedRange,
  PartitionFetch,
  PartitionFetcher,
  PartitionFetcherOptions,
} from '@trpc-kafka/core';
import { expect } from 'vitest';
import type { DriverCase, DriverWorld, TestDriver } from '../driver-case.js';
import { numbered, record, text, write } from '../records.js';

const maxBytes = 1_000_000;

/** A fetcher of a topic, whose leaders it has found. */
async function open(driver: TestDriver, topic: string, options: Partial<PartitionFetcherOptions> = {}) {
  const fetcher = driver.openFetcher({ maxWaitTimeMs: 0, isolation: 'committed', ...options });
  const leaders = (await fetcher.findLeaders(topic))!;
  return {
    ...fetcher,
    leaders,
    read: (...positions: readonly (readonly [partition: number, offset: number])[]) =>
      fetcher.fetch({
        topic,
        broker: leaders.get(positions[0]![0])!,
        positions: positions.map(([partition, offset]) => ({ partition, offset })),
        maxBytes,
      }),
  };
}

/** A topic that can be read: a broker that was just made its leader may not know it yet, and a write waits until it does. */
async function createWrittenTopic(driver: TestDriver, { createTopic }: DriverWorld): Promise<string> {
  const topic = await createTopic();
  await write(driver, [record({ topic }, 'first')]);
  return topic;
}

const rangeOf = (fetched: readonly PartitionFetch[], partition = 0): FetchedRange => {
  const found = fetched.find((one) => one.partition === partition);
  expect(found?.kind).toBe('records');
  return found as FetchedRange;
};

const inShort = (range: FetchedRange) => ({
  records: range.records.map((one) => `${one.offset} ${text(one)}`),
  next: range.nextOffset,
  end: range.endOffset,
});

/** Reads until there is nothing to read, as a fetch may bring less than there is. */
async function readToEnd({ read }: { read: Awaited<ReturnType<typeof open>>['read'] }, from = 0) {
  const records: string[] = [];
  for (let offset = from; ; ) {
    const range = rangeOf(await read([0, offset]));
    records.push(...inShort(range).records);
    offset = range.nextOffset;
    if (offset >= range.endOffset) return { records, next: offset };
  }
}

/** Reading partitions on demand: what is asked for, where to go on, and what cannot be had. */
export const fetcherCases: readonly DriverCase[] = [
  {
    name: 'reads several partitions at once, each from its offset, and tells where to go on',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      await write(driver, [...numbered({ topic }, 5, 'a'), ...numbered({ topic, partition: 1 }, 2, 'b')]);
      const fetcher = await open(driver, topic);
      expect([...fetcher.leaders.keys()]).toEqual([0, 1]);
      const fetched = await fetcher.read([0, 3], [1, 0]);
      expect(inShort(rangeOf(fetched))).toEqual({ records: ['3 a3', '4 a4'], next: 5, end: 5 });
      expect(inShort(rangeOf(fetched, 1))).toEqual({ records: ['0 b0', '1 b1'], next: 2, end: 2 });
    },
  },
  {
    name: 'answers at once at the end, or waits for what is written, while others are served',
    async run(world) {
      const driver = world.openDriver();
      const topic = await createWrittenTopic(driver, world);
      const eager = await open(driver, topic);
      expect(inShort(rangeOf(await eager.read([0, 1])))).toEqual({ records: [], next: 1, end: 1 });
      const patient = await open(driver, topic, { maxWaitTimeMs: 30_000 });
      const waiting = patient.read([0, 1]);
      expect((await patient.findLeaders(topic))!.size).toBe(1);
      await write(driver, [record({ topic }, 'a')]);
      expect(inShort(rangeOf(await waiting)).records).toEqual(['1 a']);
    },
  },
  {
    name: 'tells an offset that is gone, or never was, beside those that can be read',
    needs: ['delete-records'],
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic({ partitions: 3 });
      const driver = openDriver();
      for (const partition of [0, 1, 2]) await write(driver, numbered({ topic, partition }, 5));
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      // It knows the leaders of topics it was asked about only.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] });
      const fetcher = await open(driver, topic);
      const fetched = await fetcher.read([0, 2], [1, 4], [2, 6]);
      expect(Object.fromEntries(fetched.map(({ partition, kind }) => [partition, kind]))).toEqual({
        0: 'out-of-range',
        1: 'records',
        2: 'out-of-range',
      });
      expect(inShort(rangeOf(await fetcher.read([0, 3])))).toMatchObject({ next: 5 });
    },
  },
  {
    name: 'knows a topic and a partition that do not exist',
    async run(world) {
      const driver = world.openDriver();
      const fetcher = await open(driver, await createWrittenTopic(driver, world));
      expect(await fetcher.findLeaders(world.topicName())).toBeUndefined();
      const fetched = await fetcher.read([0, 1], [1, 0]);
      expect(inShort(rangeOf(fetched))).toEqual({ records: [], next: 1, end: 1 });
      const other = fetched.find(({ partition }) => partition === 1);
      expect(other).toMatchObject({ kind: 'failed', error: { code: 'TOPIC_MISSING' } });
    },
  },
  {
    name: 'ends what is under way when it is closed, or its driver is',
    async run(world) {
      const driver = world.openDriver();
      const topic = await createWrittenTopic(driver, world);
      const ends: readonly ((fetcher: PartitionFetcher) => unknown)[] = [
        (fetcher) => fetcher.close(),
        () => driver.close(),
      ];
      for (const end of ends) {
        const fetcher = await open(driver, topic, { maxWaitTimeMs: 30_000 });
        const refused = expect(fetcher.read([0, 1])).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
        await end(fetcher);
        await refused;
      }
    },
  },
  {
    name: 'leaves out what was aborted, and ends where a transaction is open',
    needs: ['transactions'],
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const driver = openDriver();
      const producer = kafka.producer({
        transactionalId: topic,
        maxInFlightRequests: 1,
        idempotent: true,
        createPartitioner: () => () => 0,
      });
      await producer.connect();
      onEnd(() => producer.disconnect());
      const send = async (value: string, end?: 'commit' | 'abort') => {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value }] });
        if (end !== undefined) await transaction[end]();
        return transaction;
      };
      const committed = await open(driver, topic);
      const uncommitted = await open(driver, topic, { isolation: 'uncommitted' });
      await send('aborted', 'abort');
      await send('committed', 'commit');
      await write(driver, [record({ topic }, 'plain')]);
      const last = await send('open');
      await write(driver, [record({ topic }, 'behind it')]);
      const all = await readToEnd(uncommitted);
      expect(all.records).toEqual(['0 aborted', '2 committed', '4 plain', '5 open', '6 behind it']);
      const stable = await driver.listOffsets({ topic, at: 'latest', isolation: 'committed' });
      expect([stable.get(0), (await driver.listOffsets({ topic, at: 'latest' })).get(0)]).toEqual([5, 7]);
      expect(await readToEnd(committed)).toEqual({ records: ['2 committed', '4 plain'], next: 5 });
      await last.abort();
      // Its end is written a moment after it was acknowledged.
      while ((await driver.listOffsets({ topic, at: 'latest', isolation: 'committed' })).get(0)! < 8);
      expect(await readToEnd(committed, 5)).toEqual({ records: ['6 behind it'], next: 8 });
    },
  },
];
