import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import type { DriverCase } from '../driver-case.js';
import { inShort, numbered, readAll, record, text, write } from '../records.js';

/** Writing: an outcome for every record, order, sizes, and what is wrong with one record is not the others' loss. */
export const produceCases: readonly DriverCase[] = [
  {
    name: 'tells for each record where it is, in the order of the records',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 3 });
      const driver = openDriver();
      const outcomes = await driver.produce([
        record({ topic, partition: 2 }, 'a'),
        record({ topic, partition: 0 }, 'b'),
        record({ topic, partition: 2 }, 'c'),
      ]);
      expect(outcomes).toEqual([
        { ok: true, position: { topic, partition: 2, offset: 0 } },
        { ok: true, position: { topic, partition: 0, offset: 0 } },
        { ok: true, position: { topic, partition: 2, offset: 1 } },
      ]);
    },
  },
  {
    name: 'answers an empty batch',
    async run({ openDriver }) {
      expect(await openDriver().produce([])).toEqual([]);
    },
  },
  {
    name: 'keeps the order of a partition over many calls, also those that overlap',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const calls = Array.from({ length: 40 }, (_, call) =>
        write(driver, numbered({ topic }, 25, `${call}.`)),
      );
      expect((await Promise.all(calls)).flat()).toEqual(Array.from({ length: 1000 }, (_, offset) => offset));
      const records = await readAll(driver, topic).count(1000);
      expect(records.map(text)).toEqual(
        Array.from({ length: 1000 }, (_, i) => `${Math.floor(i / 25)}.${i % 25}`),
      );
    },
  },
  {
    name: 'writes keys, headers, empty and absent values as they are',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      await write(driver, [
        { topic, partition: 0, key: 'k', value: 'v', headers: { a: 'text', b: Buffer.from([0, 255]) } },
        { topic, partition: 0, key: null, value: null, headers: {} },
        { topic, partition: 0, key: Buffer.alloc(0), value: '', headers: { ünï: '' } },
      ]);
      const [first, second, third] = await readAll(driver, topic).count(3);
      expect([String(first!.key), String(first!.value)]).toEqual(['k', 'v']);
      expect(Buffer.from(first!.headers['a'] as Buffer).toString()).toBe('text');
      expect(first!.headers['b']).toEqual(Buffer.from([0, 255]));
      expect([second!.key, second!.value, second!.headers]).toEqual([null, null, {}]);
      expect([third!.key?.length, third!.value?.length, Object.keys(third!.headers)]).toEqual([
        0,
        0,
        ['ünï'],
      ]);
    },
  },
  {
    name: 'writes a batch larger than a partition takes at once',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const value = Buffer.alloc(20_000, 'x');
      const outcomes = await driver.produce(Array.from({ length: 512 }, () => record({ topic }, value)));
      expect(outcomes.map(inShort)).toEqual(Array.from({ length: 512 }, (_, offset) => offset));
    },
  },
  {
    name: 'fails only the record that is too large',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const outcomes = await driver.produce([
        record({ topic, partition: 0 }, 'a'),
        record({ topic, partition: 0 }, Buffer.alloc(1_100_000)),
        record({ topic, partition: 0 }, 'b'),
        record({ topic, partition: 1 }, 'c'),
      ]);
      expect(outcomes.map(inShort)).toEqual([0, 'PAYLOAD_TOO_LARGE', 1, 0]);
      expect(String((outcomes[1] as { error: Error }).error.message)).toContain(`${topic}[0]`);
    },
  },
  {
    name: 'fails only the record that is larger than the topic allows, and not those around it',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ config: { 'max.message.bytes': '2000' } });
      const driver = openDriver();
      // Each fits, all together do not.
      const outcomes = await driver.produce(numbered({ topic }, 100, 'x'.repeat(100)));
      expect(outcomes.map(inShort)).toEqual(Array.from({ length: 100 }, (_, offset) => offset));
      const more = await driver.produce([
        record({ topic }, 'a'),
        record({ topic }, 'x'.repeat(3000)),
        record({ topic }, 'b'),
      ]);
      expect(more.map(inShort)).toEqual([100, 'PAYLOAD_TOO_LARGE', 101]);
    },
  },
  {
    // kafkajs and @platformatic/kafka both reuse the sequence numbers of the partitions that had been written:
    // brokers take what follows for a repeat, acknowledge it and drop it.
    name: 'loses nothing that is written after a batch of which one partition refused its part',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const written: string[] = [];
      for (let round = 0; round < 5; round++) {
        const outcomes = await driver.produce([
          record({ topic, partition: 0 }, `${round}.first`),
          record({ topic, partition: 1 }, Buffer.alloc(1_100_000)),
        ]);
        expect(outcomes.map(inShort)).toEqual([2 * round, 'PAYLOAD_TOO_LARGE']);
        await write(driver, [record({ topic, partition: 0 }, `${round}.second`)]);
        written.push(`${round}.first`, `${round}.second`);
      }
      expect((await readAll(driver, topic).count(10)).map(text)).toEqual(written);
    },
  },
  {
    name: 'fails the records for a topic that does not exist, and writes the others',
    async run({ openDriver, createTopic, topicName, kafka }) {
      const topic = await createTopic();
      const missing = topicName();
      const driver = openDriver();
      const outcomes = await driver.produce([
        record({ topic }, 'a'),
        record({ topic: missing }, 'b'),
        record({ topic }, 'c'),
      ]);
      expect(outcomes.map(inShort)).toEqual([0, 'TOPIC_MISSING', 1]);
      expect((outcomes[1] as { error: Error }).error.message).toContain(missing);
      const admin = kafka.admin();
      await admin.connect();
      expect(await admin.listTopics()).not.toContain(missing);
      await admin.disconnect();
    },
  },
  {
    name: 'writes to a topic that came after it was missing',
    async run({ openDriver, topicName }) {
      const topic = topicName();
      const driver = openDriver();
      expect((await driver.produce([record({ topic }, 'a')])).map(inShort)).toEqual(['TOPIC_MISSING']);
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);
      expect(await write(driver, [record({ topic }, 'b')])).toEqual([0]);
    },
  },
  {
    name: 'fails the records for a partition that does not exist, however absurd its number',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const partitions = [0, 2, -1, 2_147_483_647, 1];
      const outcomes = await driver.produce(partitions.map((partition) => record({ topic, partition }, 'a')));
      const failed = 'PRODUCE_FAILED';
      expect(outcomes.map(inShort)).toEqual([0, failed, failed, failed, 0]);
      expect((outcomes[1] as { error: Error }).error.message).toContain('2 partitions');
    },
  },
  {
    name: 'fails only the records that cannot be put on the wire',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic({ partitions: 2 });
      const driver = openDriver();
      const broken = (partition: number, parts: object) => ({
        ...record({ topic, partition }, 'x'),
        ...parts,
      });
      const outcomes = await driver.produce([
        record({ topic, partition: 0 }, 'a'),
        broken(0, { headers: { h: 1 } }),
        record({ topic, partition: 0 }, 'b'),
        record({ topic, partition: 1 }, 'c'),
        broken(0, { value: undefined }),
        broken(0, { headers: { h: null } }),
        broken(0, { headers: { h: ['a', null] } }),
        record({ topic, partition: 0 }, 'd'),
      ] as never);
      const failed = 'PRODUCE_FAILED';
      expect(outcomes.map(inShort)).toEqual([0, failed, 1, 0, failed, failed, failed, 2]);
      expect((await readAll(driver, topic).count(3)).map(text)).toEqual(['a', 'b', 'd']);
    },
  },
  {
    name: 'writes a header as often as it has values',
    async run({ openDriver, createTopic }) {
      const topic = await createTopic();
      const driver = openDriver();
      const headers = { via: ['a', Buffer.from('b')], once: ['c'], never: [], plain: 'd' };
      await write(driver, [{ ...record({ topic }, 'x'), headers }]);
      const [read] = await readAll(driver, topic).count(1);
      expect(read!.headers).toEqual({
        via: [Buffer.from('a'), Buffer.from('b')],
        once: Buffer.from('c'),
        plain: Buffer.from('d'),
      });
    },
  },
  {
    name: 'goes on after a topic was deleted, and after it came again',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const [topic, other] = [await createTopic(), await createTopic()];
      const driver = openDriver();
      await write(driver, [...numbered({ topic }, 5), ...numbered({ topic: other }, 5)]);
      const admin = kafka.admin();
      await admin.connect();
      onEnd(() => admin.disconnect());
      await admin.deleteTopics({ topics: [topic] });
      const outcomes = await driver.produce([record({ topic }, 'a'), record({ topic: other }, 'b')]);
      expect(outcomes.map(inShort)).toEqual(['TOPIC_MISSING', 5]);
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);
      expect(await write(driver, [record({ topic }, 'c'), record({ topic: other }, 'd')])).toEqual([0, 6]);
      expect(await write(driver, [record({ topic }, 'e'), record({ topic: other }, 'f')])).toEqual([1, 7]);
    },
  },
  {
    name: 'reads what others wrote, compressed, with headers given twice',
    async run({ openDriver, createTopic, kafka, onEnd }) {
      const topic = await createTopic();
      const producer = kafka.producer({ createPartitioner: () => () => 0 });
      await producer.connect();
      onEnd(() => producer.disconnect());
      const value = 'x'.repeat(10_000);
      expect(gzipSync(value).length).toBeLessThan(value.length);
      const headers = { twice: ['a', 'b'], __proto__own: 'c' };
      await producer.send({ topic, compression: 1, messages: [{ value, headers }, { value: 'end' }] });
      const [first, second] = await readAll(openDriver(), topic).count(2);
      expect([text(first!), text(second!)]).toEqual([value, 'end']);
      expect(first!.headers).toEqual({
        twice: [Buffer.from('a'), Buffer.from('b')],
        __proto__own: Buffer.from('c'),
      });
    },
  },
];
