import {
  createKafkajsDriver,
  type DriverEvent,
  type IncomingRecord,
  type KafkaDriver,
} from '@trpc-kafka/core';
import { createPlatformaticDriver } from '@trpc-kafka/core/platformatic';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import kafkajs, { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Collector, createCollector } from '../support/collector.js';
import { realKafka } from '../support/real-kafka/real-kafka.js';
import { uniqueName } from '../support/unique-name.ts';
import { numbered, record, text, write } from './records.js';

const kafka = await realKafka();
const createKafka = (brokers: readonly string[]) =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

function readWithBoth(
  driver: KafkaDriver,
  topic: string,
): Record<'inbox' | 'group', Collector<IncomingRecord>> {
  const [inbox, group] = [createCollector<IncomingRecord>(), createCollector<IncomingRecord>()];
  driver.openInbox({
    topic,
    partition: 0,
    from: { at: 'time', timestampMs: 0 },
    resumeFromTimeMs: () => 0,
    onRecords: ({ records }) => inbox.add(...records),
  });
  driver.openGroup({
    groupId: topic,
    topic,
    onRecords: ({ records }) => group.add(...records),
    onAssigned: () => undefined,
    onRevoked: () => undefined,
    offsetsToCommit: () => [],
  });
  return { inbox, group };
}

describe.each([
  ['dev-broker', undefined],
  ['Apache Kafka', kafka.brokers],
])('compressed batches on %s', (name, brokers) => {
  it.skipIf(name === 'Apache Kafka' && kafka.unavailable)('are written and read', async () => {
    const own = brokers ?? (await startDevBroker());
    const driver = createKafkajsDriver(createKafka(own), {
      producer: { compression: CompressionTypes.GZIP },
    });
    onTestFinished(() => driver.close());
    const topic = `compression.${Date.now()}`;
    await driver.createTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '20000' } }]);
    // Twenty times more than the topic takes uncompressed.
    const long = 'x'.repeat(2000);
    await write(driver, numbered({ topic }, 200, long));
    const { inbox, group } = readWithBoth(driver, topic);
    const values = numbered({ topic }, 200, long).map(({ value }) => value);
    expect((await inbox.count(200)).map(text)).toEqual(values);
    expect((await group.count(200)).map(text)).toEqual(values);
  });
});

describe.each([
  ['dev-broker', undefined],
  ['Apache Kafka', kafka.brokers],
])('batches compressed by the driver on @platformatic/kafka, on %s', (name, brokers) => {
  const isMissing = name === 'Apache Kafka' && kafka.unavailable;
  it.skipIf(isMissing).each(['gzip', 'snappy', 'lz4'] as const)(
    'are written and read in %s',
    async (compression) => {
      const own = brokers ?? (await startDevBroker());
      const driver = createPlatformaticDriver({ bootstrapBrokers: [...own], compression });
      onTestFinished(() => driver.close());
      const topic = uniqueName(`compression.${compression}`);
      await driver.createTopics([{ topic, partitions: 1, config: { 'max.message.bytes': '60000' } }]);
      const long = 'x'.repeat(2000);
      await write(driver, numbered({ topic }, 200, long));
      const { inbox, group } = readWithBoth(driver, topic);
      const values = numbered({ topic }, 200, long).map(({ value }) => value);
      expect((await inbox.count(200)).map(text)).toEqual(values);
      expect((await group.count(200)).map(text)).toEqual(values);
    },
  );
});

describe('a batch compressed with a codec that is not installed', () => {
  it('is skipped by inboxes and groups, and told', async () => {
    const brokers = await startDevBroker();
    const driver = createKafkajsDriver(createKafka(brokers));
    onTestFinished(() => driver.close());
    const events = createCollector<DriverEvent>();
    driver.on((event) => events.add(event));
    const topic = 'foreign';
    await driver.createTopics([{ topic, partitions: 1, config: {} }]);
    await write(driver, [record({ topic }, 'before')]);
    await writeForeignBatch(brokers, topic);
    await write(driver, [record({ topic }, 'after')]);

    const { inbox, group } = readWithBoth(driver, topic);
    for (const read of [inbox, group]) {
      expect((await read.count(2)).map((one) => [one.offset, text(one)])).toEqual([
        [0, 'before'],
        [3, 'after'],
      ]);
    }
    const skipped = events.items.filter((event) => event.type === 'records-skipped');
    expect(skipped).toHaveLength(2);
    expect(skipped[0]).toMatchObject({ topic, partition: 0, firstOffset: 1, lastOffset: 2 });
  });
});

/** Two records, as a client with a codec of its own writes them. */
async function writeForeignBatch(brokers: readonly string[], topic: string): Promise<void> {
  const codecs = kafkajs.CompressionCodecs;
  const notInstalled = codecs[CompressionTypes.Snappy];
  codecs[CompressionTypes.Snappy] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(buffer).reverse(),
    decompress: async (buffer: Buffer) => buffer,
  });
  const producer = createKafka(brokers).producer({ createPartitioner: () => () => 0 });
  await producer.connect();
  await producer.send({
    topic,
    compression: CompressionTypes.Snappy,
    messages: [{ value: 'foreign 1' }, { value: 'foreign 2' }],
  });
  await producer.disconnect();
  codecs[CompressionTypes.Snappy] = notInstalled;
}

async function startDevBroker(): Promise<readonly string[]> {
  const broker = await createDevBroker();
  onTestFinished(() => broker.close());
  return broker.brokers;
}
