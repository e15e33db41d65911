/** Many subscribers of one topic in one process: one fetch for all, none that holds up the others, memory that has a bound. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTopicWorld, dataOf, take, takeAll } from './support/topic-world.ts';

let broker: DevBroker;
beforeAll(async () => {
  broker = await createDevBroker();
});
afterAll(() => broker.close());

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => n + from);
const fetches = (): number => broker.requests.count({ api: 'Fetch' });

test('a hundred subscribers fetch as often as one, and each has everything in order', async () => {
  const { write, read } = await createTopicWorld(broker.brokers, 4);
  const decoded: number[] = [];
  const decode = ({ value }: { readonly value: Buffer | null }): number => {
    const data = Number(value);
    decoded.push(data);
    return data;
  };
  const streams = Array.from({ length: 100 }, () => read({ decode }));
  const rounds = 50;
  const before = fetches();
  let waited = 0;
  for (let round = 0; round < rounds; round++) {
    const next = Promise.all(streams.map((stream) => stream.next()));
    await write(round % 4, round);
    const events = await next;
    waited++;
    expect(new Set(events.map(({ value }) => JSON.stringify(value)))).toHaveLength(1);
  }
  // One that brings a record, at times one that waited in vain before, and the first, each at the only broker.
  expect(fetches() - before).toBeLessThan(4 * waited);
  expect(decoded).toEqual(numbers(rounds));
});

test('those who begin anew together, as after a restart of their server, share the tail as well', async () => {
  const { write, read } = await createTopicWorld(broker.brokers, 4);
  for (const partition of [0, 1, 2, 3]) await write(partition, ...numbers(100));
  const first = read();
  const events = await take(first, 200);
  await first.return();
  const before = fetches();
  // Each has had a little more than the last.
  const streams = events.slice(100).map(({ id }) => read({ lastEventId: id }));
  const rests = await Promise.all(streams.map((stream, n) => take(stream, 400 - 101 - n)));
  for (const [n, rest] of rests.entries()) {
    expect(
      [...dataOf(events.slice(0, 101 + n)), ...dataOf(rest)].toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual(numbers(100).flatMap((number) => [number, number, number, number]));
  }
  expect(fetches() - before).toBeLessThan(100);
});

test('a subscriber that stands still holds up nobody and holds no memory, and misses nothing', async () => {
  const { write, read } = await createTopicWorld(broker.brokers);
  const large = 'x'.repeat(10_000);
  const slow = read<string>();
  const fast = read<string>();
  await write(0, `"0 ${large}"`);
  const slowFirst = await take(slow, 1);
  await take(fast, 1);
  for (let n = 1; n <= 1500; n += 50) {
    await write(0, ...numbers(50, n).map((value) => `"${value} ${large}"`));
    await take(fast, 50);
  }
  // 15 MB were written, of which the tail keeps 4: the slow one reads the rest by itself.
  const before = fetches();
  const rest = await take(slow, 1500);
  expect(dataOf([...slowFirst, ...rest]).map((text) => Number.parseInt(text, 10))).toEqual(numbers(1501));
  expect(fetches() - before).toBeGreaterThan(10);
  await write(0, '"back"');
  expect(dataOf(await take(slow, 1))).toEqual(['back']);
  expect(dataOf(await take(fast, 1))).toEqual(['back']);
});

test('nothing is fetched while nobody wants more', async () => {
  const { write, read, topic } = await createTopicWorld(broker.brokers);
  await write(0, 1, 2);
  const stream = read();
  await take(stream, 2);
  const next = stream.next();
  await write(0, 3);
  await next;
  // What was under way when the record came may still be followed by one.
  let after = -1;
  const stop = broker.requests.observe(({ api }) => {
    if (api === 'Fetch') after++;
  });
  const other = await createTopicWorld(broker.brokers);
  await other.write(0, ...numbers(10));
  await takeAll(other.read({ end: 'current' }));
  stop();
  expect(topic).not.toBe(other.topic);
  // Those of the other topic.
  expect(after).toBeLessThanOrEqual(1);
});

test('one that is at the end is not held up by one that begins at the start of a long topic', async () => {
  const { write, read } = await createTopicWorld(broker.brokers);
  for (let n = 0; n < 5000; n += 500)
    await write(0, ...numbers(500, n).map((value) => `"${value} ${'x'.repeat(2000)}"`));
  const behind = read<string>();
  await take(behind, 1);
  const live = read<string>({ lastEventId: 'kafka@0:4998' });
  expect(Number.parseInt((await take(live, 1))[0]!.data, 10)).toBe(4999);
  const next = live.next();
  await write(0, '"live"');
  expect((await next).value![1]).toBe('live');
  expect(dataOf(await take(behind, 4999)).map((text) => Number.parseInt(text, 10))).toEqual(numbers(4999, 1));
  expect(dataOf(await take(behind, 1))).toEqual(['live']);
});

test('what a subscriber sends as its position cannot lead the others astray', async () => {
  const { write, read } = await createTopicWorld(broker.brokers);
  await write(0, 1);
  const stream = read();
  await take(stream, 1);
  const next = stream.next();
  const before = fetches();
  await expect(read({ lastEventId: 'kafka@0:4000000000' }).next()).rejects.toMatchObject({
    cause: { code: 'POSITION_LOST' },
  });
  await write(0, 2);
  expect((await next).value![1]).toBe(2);
  expect(fetches() - before).toBeLessThan(10);
});
