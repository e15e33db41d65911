/** What brokers do to a stream: it waits, goes on where it was, and ends only for what cannot pass. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { expect, onTestFinished, test } from 'vitest';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { createTopicWorld, dataOf, take, takeAll } from './support/topic-world.ts';

const kafka = await realKafka();
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => n + from);

async function startCluster(): Promise<DevBroker> {
  const broker = await createDevBroker({ nodes: 3, 'default.replication.factor': 3 });
  onTestFinished(() => broker.close());
  return broker;
}

const sorted = (given: readonly number[]): number[] => given.toSorted((a, b) => a - b);

test('leaders that move, go down or cut connections: nothing is missed, nothing comes twice', async () => {
  const broker = await startCluster();
  const { topic, write, read } = await createTopicWorld(broker.brokers, 3);
  const stream = read<number>();
  const got: number[] = [];
  let written = 0;
  const leaderOf = (partition: number): number => broker.leaderOf(topic, partition)!;
  const troubles: readonly (() => unknown)[] = [
    () => {},
    () => broker.cluster.moveLeader(topic, 0, broker.nodeIds.find((id) => id !== leaderOf(0))!),
    () => broker.cluster.disconnect({}),
    () => broker.cluster.stopNode(leaderOf(1), { electionMs: 500 }),
    () => broker.faults.fail({ api: 'Fetch', topic }, 'NOT_LEADER_OR_FOLLOWER', { times: 3 }),
    () => broker.faults.cut({ api: 'Fetch', topic }, { times: 2 }),
  ];
  for (const cause of troubles) {
    const reading = take(stream, 30);
    await cause();
    for (let round = 0; round < 10; round++) {
      for (const partition of [0, 1, 2]) await write(partition, written++);
    }
    got.push(...dataOf(await reading));
  }
  expect(sorted(got)).toEqual(numbers(written));
});

test('a broker that refuses an offset by mistake is asked again, by whoever follows and by whoever is behind', async () => {
  const broker = await startCluster();
  const { topic, write, read } = await createTopicWorld(broker.brokers);
  await write(0, ...numbers(10));
  const stream = read<number>();
  await take(stream, 10);
  const refused = broker.faults.fail({ api: 'Fetch', topic }, 'OFFSET_OUT_OF_RANGE', { times: 4 });
  const next = take(stream, 1);
  await refused.untilHit(4);
  await write(0, 10);
  expect(dataOf(await next)).toEqual([10]);
  broker.faults.fail({ api: 'Fetch', topic }, 'OFFSET_OUT_OF_RANGE', { times: 2 });
  expect(await takeAll(read<number>({ end: 'current' }))).toEqual(numbers(11));
});

test('a stream begins when brokers are back, and a topic that is deleted ends it', async () => {
  const broker = await createDevBroker();
  onTestFinished(() => broker.close());
  const { topic, write, read, admin } = await createTopicWorld(broker.brokers);
  await write(0, 1);
  const [node] = broker.nodeIds;
  await broker.cluster.stopNode(node!);
  const stream = read<number>();
  const first = take(stream, 1);
  await broker.cluster.startNode(node!);
  expect(dataOf(await first)).toEqual([1]);
  const ending = expect(stream.next()).rejects.toMatchObject({ cause: { code: 'TOPIC_MISSING' } });
  await (await admin()).deleteTopics({ topics: [topic] });
  await ending;
});

test.skipIf(kafka.unavailable !== undefined)('only what was committed is delivered', async () => {
  const { topic, write, read, kafka: client } = await createTopicWorld(kafka.brokers ?? []);
  const producer = client.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const send = async (value: number, end: 'commit' | 'abort'): Promise<void> => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: String(value) }] });
    await transaction[end]();
  };
  const live = read<number>();
  await send(1, 'commit');
  await send(2, 'abort');
  await write(0, 3);
  await send(4, 'abort');
  // What was aborted last is behind its end: nothing that can be read is left.
  expect(await takeAll(read<number>({ end: 'current' }))).toEqual([1, 3]);
  const events = await take(live, 2);
  expect(dataOf(events)).toEqual([1, 3]);
  expect(await takeAll(read<number>({ lastEventId: events[0]!.id, end: 'current' }))).toEqual([3]);
});
