/** A topic as a stream: where it begins, how it goes on, what it leaves out, when it ends. */
import { isKafkaTransportError } from '@trpc-kafka/core';
import kafkajs from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createEventLog } from '../support/event-log.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { createTopicWorld, dataOf, take, takeAll } from './support/topic-world.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const targets = await sharedBrokers();
const [embedded] = targets;

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => n + from);

describe.each(targets)('on $name', ({ skip, brokers }) => {
  const onBroker = test.skipIf(skip);

  onBroker('goes on behind any event, whatever the order in which partitions were read', async () => {
    const { write, read } = await createTopicWorld(brokers, 3);
    for (const partition of [0, 1, 2])
      await write(partition, ...numbers(4).map((n) => `"${partition}.${n}"`));
    const events = await take(read<string>(), 12);
    expect(dataOf(events).toSorted()).toEqual(
      [0, 1, 2].flatMap((partition) => numbers(4).map((n) => `${partition}.${n}`)),
    );
    for (const [index, { id }] of events.entries()) {
      const rest = dataOf(events.slice(index + 1));
      expect((await takeAll(read<string>({ lastEventId: id, end: 'current' }))).toSorted()).toEqual(
        rest.toSorted(),
      );
    }
  });

  onBroker('begins at the end, at a time, or at the beginning', async () => {
    const { write, read, kafka: client, topic } = await createTopicWorld(brokers);
    const producer = client.producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const start = Date.now() - 60_000;
    const messages = numbers(5).map((n) => ({ value: `${n}`, timestamp: `${start + n * 1000}` }));
    await producer.send({ topic, messages });
    expect(await takeAll(read({ end: 'current' }))).toEqual(numbers(5));
    expect(await takeAll(read({ from: { timestampMs: start + 2500 }, end: 'current' }))).toEqual([3, 4]);
    expect(await takeAll(read({ from: 'latest', end: 'current' }))).toEqual([]);
    const latest = read({ from: 'latest' });
    const first = latest.next();
    // It has begun where it waits.
    await writeUntilSeen(write, first);
    expect(await first).toMatchObject({ value: { 1: 'new' } });
  });

  onBroker('ends where the topic ended when it began, also where that holds nothing', async () => {
    const { write, read } = await createTopicWorld(brokers, 3);
    expect(await takeAll(read({ end: 'current' }))).toEqual([]);
    await write(0, ...numbers(100));
    const stream = read({ end: 'current' });
    const [first] = await take(stream, 1);
    await write(0, 'more');
    await write(1, 'more');
    expect([first!.data, ...(await takeAll(stream))]).toEqual(numbers(100));
  });

  onBroker('follows what is written, and partitions that are added', async () => {
    const { write, read, admin, topic } = await createTopicWorld(brokers);
    const stream = read();
    await write(0, '"a"');
    const [first] = await take(stream, 1);
    await (await admin()).createPartitions({ topicPartitions: [{ topic, count: 2 }] });
    let written = false;
    while (!written) written = await write(1, '"b"').then(() => true, () => false); // biome-ignore format: a loop
    const [second] = await take(stream, 1);
    expect([first!.data, second!.data]).toEqual(['a', 'b']);
    // The id from before knows nothing of the new partition: all of it is new.
    expect(await takeAll(read({ lastEventId: first!.id, end: 'current' }))).toEqual(['b']);
    expect(await takeAll(read({ lastEventId: second!.id, end: 'current' }))).toEqual([]);
  });

  onBroker('a record that is filtered out counts as read by the next event', async () => {
    const { write, read } = await createTopicWorld(brokers);
    await write(0, ...numbers(30));
    const seen: number[] = [];
    const every10th = (n: number): boolean => {
      seen.push(n);
      return n % 10 === 0;
    };
    const [, , last] = await take(read<number>({ filter: every10th }), 3);
    expect(last!.data).toBe(20);
    seen.length = 0;
    expect(await takeAll(read<number>({ lastEventId: last!.id, filter: every10th, end: 'current' }))).toEqual(
      [],
    );
    expect(seen).toEqual(numbers(9, 21));
  });

  onBroker('records that are gone are an error that names them, or left out and told', async () => {
    const { write, read, deleteBefore, topic } = await createTopicWorld(brokers);
    await write(0, ...numbers(10));
    const before = read();
    const [first] = await take(before, 1);
    // What it has in memory would be there still.
    await before.return();
    await deleteBefore(0, 5);
    await expect(read({ lastEventId: first!.id }).next()).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
      message: expect.stringContaining(`the records of ${topic}[0] from offset 1 to 4 are gone`),
      cause: { code: 'POSITION_LOST' },
    });
    const told: string[] = [];
    const onGap = (error: Error) => void told.push(error.message);
    expect(await takeAll(read({ lastEventId: first!.id, end: 'current', onGap }))).toEqual(numbers(5, 5));
    expect(dataOf(await take(read({ lastEventId: first!.id, onGap: 'skip' }), 5))).toEqual(numbers(5, 5));
    expect(told).toEqual([expect.stringContaining('from offset 1 to 4')]);
    await expect(read({ lastEventId: 'kafka@0:11' }).next()).rejects.toMatchObject({
      message: expect.stringContaining('offset 12 of'),
      cause: { code: 'POSITION_LOST' },
    });
  });

  onBroker('a record that cannot be decoded is an error with its place, or left out', async () => {
    const { write, read, topic } = await createTopicWorld(brokers);
    await write(0, 1, '{', 3);
    const stream = read();
    await take(stream, 1);
    const error = await stream.next().catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
      message: expect.stringContaining(`offset 1 of ${topic}[0] cannot be read`),
      cause: { code: 'RECORD_UNREADABLE', cause: expect.any(SyntaxError) },
    });
    expect(isKafkaTransportError((error as Error).cause)).toBe(true);
    expect(await takeAll(read({ onUnreadable: 'skip', end: 'current' }))).toEqual([1, 3]);
    const text = read({ decode: ({ value }) => String(value), end: 'current' });
    expect(await takeAll(text)).toEqual(['1', '{', '3']);
  });

  onBroker('ends when it is left or aborted, also while it waits, and lets go of all', async () => {
    const { read } = await createTopicWorld(brokers);
    const left = read();
    const waiting = left.next();
    expect(await left.return()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    const abort = new AbortController();
    const aborted = read({ signal: abort.signal });
    const next = aborted.next();
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await read({ signal: abort.signal }).next()).toEqual({ done: true, value: undefined });
  });

  onBroker('what is missing or unfit is told with its cure', async () => {
    const { read } = await createTopicWorld(brokers, 3);
    await expect(read({ topic: `${Date.now()}.missing` }).next()).rejects.toMatchObject({
      message: expect.stringContaining('kafka-topics.sh'),
      cause: { code: 'TOPIC_MISSING' },
    });
    await expect(read({ maxPartitions: 2 }).next()).rejects.toMatchObject({
      message: expect.stringContaining('`partitions`'),
      cause: { code: 'TOPIC_UNFIT' },
    });
    await expect(read({ lastEventId: '17' }).next()).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      cause: { code: 'PARSE_ERROR' },
    });
    expect(() => read({ from: 'sometimes' as never })).toThrow('INVALID_OPTION');
    expect(() => read({ form: 'latest' } as never)).toThrow('form is no option');
  });

  onBroker('reads only the partitions that are named', async () => {
    const { write, read } = await createTopicWorld(brokers, 3);
    for (const partition of [0, 1, 2]) await write(partition, partition);
    const stream = read({ partitions: [2, 1], maxPartitions: 2, end: 'current' });
    const [first, second] = await take(stream, 2);
    expect([first!.data, second!.data]).toEqual([1, 2]);
    expect(second!.id).toBe('kafka@2:0.AQA');
    expect((await stream.next()).done).toBe(true);
  });

  onBroker('shares the driver of a kafkajs instance, and closes it with the last stream', async () => {
    const { write, read, kafka: client } = await createTopicWorld(brokers);
    await write(0, 1, 2);
    const log = createEventLog();
    for (let n = 0; n < 2; n++) {
      void takeAll(read({ kafka: client, end: 'current' })).then((all) => log.note(JSON.stringify(all)));
    }
    await log.until('[1,2]', 2);
  });
});

test('a batch that cannot be unpacked is an error with its offsets, or left out', async () => {
  const { write, read, kafka: client, topic } = await createTopicWorld(embedded.brokers);
  await write(0, 1);
  const producer = client.producer();
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  onTestFinished(() => void Reflect.deleteProperty(CompressionCodecs, CompressionTypes.ZSTD));
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => buffer,
    decompress: () => Promise.reject(new Error('packed by others')),
  });
  const messages = [{ value: '2' }, { value: '3' }];
  await producer.send({ topic, compression: CompressionTypes.ZSTD, messages });
  await write(0, 4);
  expect(await takeAll(read({ onUnreadable: 'skip', end: 'current' }))).toEqual([1, 4]);
  await expect(takeAll(read())).rejects.toMatchObject({
    message: expect.stringContaining('offsets 1 to 2, cannot be read'),
    cause: { code: 'RECORD_UNREADABLE' },
  });
});

/** Writes until a stream that has just begun at the end has seen it: where that is, is found out by its first `next`. */
async function writeUntilSeen(
  write: (partition: number, value: string) => Promise<unknown>,
  first: Promise<unknown>,
): Promise<void> {
  let seen = false;
  void first.then(() => {
    seen = true;
  });
  while (!seen) await write(0, '"new"');
}
