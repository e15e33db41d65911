import { Kafka, logLevel } from 'kafkajs';
import { expect, test, vi } from 'vitest';
import { errorCodes } from '../src/protocol/error-codes.js';
import { createCollector } from './support/collector.js';
import { type KafkajsCluster, startKafkajsCluster } from './support/kafkajs-cluster.js';
import { connectRaw } from './support/raw-client.js';
import { fetch, produce } from './support/raw-messages.js';
import { recordBatch } from './support/record-batch.js';

const topics = [{ name: 'orders', replicationFactor: 1 }];
const message = { topic: 'orders', messages: [{ value: 'v' }] };

async function endOffset(cluster: KafkajsCluster): Promise<string | undefined> {
  const admin = await cluster.admin();
  const [partition] = await admin.fetchTopicOffsets('orders');
  return partition?.high;
}

test('an acknowledgement that is lost makes an idempotent producer send again, and nothing doubles', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const producer = await cluster.producer({ idempotent: true });
  const lost = cluster.broker.faults.cut({ api: 'Produce' }, { when: 'after', times: 1 });

  await producer.send(message);

  expect(lost.hits).toBe(1);
  expect(cluster.broker.requests.count({ api: 'Produce' })).toBe(2);
  expect(await endOffset(cluster)).toBe('1');
});

test('the same loss doubles the record of a producer that is not idempotent', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const producer = await cluster.producer();
  cluster.broker.faults.cut({ api: 'Produce' }, { when: 'after', times: 1 });

  await producer.send(message);

  expect(await endOffset(cluster)).toBe('2');
});

test('a duplicated produce is in the log twice, and once if it is idempotent', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const plain = await cluster.producer();
  const idempotent = await cluster.producer({ idempotent: true });
  cluster.broker.faults.duplicate({ api: 'Produce', topic: 'orders' });

  await plain.send(message);
  expect(await endOffset(cluster)).toBe('2');
  await idempotent.send(message);
  expect(await endOffset(cluster)).toBe('3');
});

test('a request cut before it is handled leaves nothing behind', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const producer = await cluster.producer({ retry: { retries: 0 } });
  cluster.broker.faults.cut({ api: 'Produce' }, { times: 1 });

  await expect(producer.send(message)).rejects.toThrow();
  expect(await endOffset(cluster)).toBe('0');
});

test('an error is answered as often as asked, then the API works again', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const producer = await cluster.producer();
  const fault = cluster.broker.faults.fail({ api: 'Produce' }, 'NOT_ENOUGH_REPLICAS', { times: 2 });

  await producer.send(message);

  expect(fault.hits).toBe(2);
  expect(cluster.broker.requests.count({ api: 'Produce' })).toBe(3);
  expect(await endOffset(cluster)).toBe('1');
});

test('a fault ends with its scope', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const producer = await cluster.producer({ retry: { retries: 0 } });
  {
    using _fault = cluster.broker.faults.fail({ api: 'Produce' }, 'INVALID_REQUEST');
    await expect(producer.send(message)).rejects.toThrow();
  }
  await producer.send(message);
});

test('faults choose by client, topic and group', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'orders' }, { name: 'other' }] });
  const other = new Kafka({ brokers: cluster.broker.brokers, clientId: 'other', logLevel: logLevel.NOTHING });
  const producer = await cluster.producer();
  const otherProducer = other.producer();
  await otherProducer.connect();
  const { faults } = cluster.broker;
  const byClient = faults.fail({ api: 'Produce', clientId: 'nobody' }, 'INVALID_REQUEST');
  const byTopic = faults.fail({ api: 'Produce', topic: 'other', clientId: /^other$/ }, 'INVALID_REQUEST', {
    times: 1,
  });
  const byGroup = faults.fail({ groupId: 'nobody' }, 'INVALID_REQUEST');

  await producer.send({ ...message, topic: 'other' });
  await otherProducer.send(message);
  await expect(otherProducer.send({ ...message, topic: 'other' })).rejects.toThrow();
  await otherProducer.disconnect();

  expect([byClient.hits, byTopic.hits, byGroup.hits]).toEqual([0, 1, 0]);
});

test('a delayed request is handled late, a delayed answer at once', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const [broker] = cluster.broker.brokers;
  using slow = await connectRaw(broker!);
  using reader = await connectRaw(broker!);
  const order: string[] = [];
  const longPoll = (offset: number): Promise<unknown> =>
    fetch(reader, { topic: 'orders', offset, maxWaitMs: 60_000 }).then(() => order.push(`read ${offset}`));
  const produced = (name: string): Promise<unknown> =>
    produce(slow, { topic: 'orders' }, recordBatch()).then(() => order.push(name));

  using late = cluster.broker.faults.delay({ api: 'Produce' }, 30, { when: 'after' });
  await Promise.all([longPoll(0), produced('answer delayed')]);
  late.remove();
  using _early = cluster.broker.faults.delay({ api: 'Produce' }, 30);
  const reading = longPoll(1);
  await Promise.all([reading, produced('request delayed')]);

  expect(order.slice(0, 2)).toEqual(['read 0', 'answer delayed']);
});

test('a dropped request is never answered, but its connection lives on', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  using client = await connectRaw(cluster.broker.brokers[0]!);
  const drop = cluster.broker.faults.drop({ api: 'Produce' }, { times: 1 });
  const outcome = produce(client, { topic: 'orders' }, recordBatch()).catch((error: Error) => error.message);
  await drop.untilHit();

  // The next answer on this connection belongs to the next request.
  const answer = await fetch(client, { topic: 'orders', offset: 0 });
  expect(answer).toMatchObject({ errorCode: 0, highWatermark: 0 });
  client[Symbol.dispose]();
  expect(await outcome).toBe('Produce: connection closed');
});

test('with replicas a node that stops loses its leaders to others, and clients follow', async () => {
  await using cluster = await startKafkajsCluster({
    nodes: 3,
    topics: [{ name: 'orders', replicationFactor: 3, configs: { 'min.insync.replicas': '2' } }],
  });
  const producer = await cluster.producer();
  await producer.send(message);
  const first = cluster.broker.leaderOf('orders', 0)!;

  await cluster.broker.cluster.stopNode(first);
  await producer.send(message);
  const second = cluster.broker.leaderOf('orders', 0)!;
  await cluster.broker.cluster.startNode(first);
  await cluster.broker.cluster.stopNode(second);
  await producer.send(message);

  expect(second).not.toBe(first);
  expect(cluster.broker.leaderOf('orders', 0)).not.toBe(second);
  expect(await endOffset(cluster)).toBe('3');
});

test('too few live replicas make acks=-1 fail', async () => {
  await using cluster = await startKafkajsCluster({
    nodes: 2,
    topics: [{ name: 'orders', replicationFactor: 2, configs: { 'min.insync.replicas': '2' } }],
  });
  const producer = await cluster.producer({ retry: { retries: 0 } });
  await cluster.broker.cluster.stopNode(2);

  await expect(producer.send(message)).rejects.toMatchObject({ cause: { type: 'NOT_ENOUGH_REPLICAS' } });
});

test('without replicas a stopped node takes its partitions offline until it is back, with its records', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 2, topics });
  const producer = await cluster.producer();
  await producer.send(message);
  const leader = cluster.broker.leaderOf('orders', 0)!;

  await cluster.broker.cluster.stopNode(leader);
  expect(cluster.broker.leaderOf('orders', 0)).toBeUndefined();
  await cluster.broker.cluster.startNode(leader);

  expect(cluster.broker.leaderOf('orders', 0)).toBe(leader);
  expect(await endOffset(cluster)).toBe('1');
});

test('a cluster without a live node has no leaders and no coordinators, and comes back', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  await cluster.broker.cluster.stopNode(1);

  expect(cluster.broker.leaderOf('orders', 0)).toBeUndefined();
  expect(cluster.broker.coordinatorOf('anyone')).toBeUndefined();
  await cluster.broker.cluster.startNode(1);
  expect(cluster.broker.coordinatorOf('anyone')).toBe(1);
});

test('a crashed node stays leader until the others notice', async () => {
  await using cluster = await startKafkajsCluster({
    nodes: 2,
    topics: [{ name: 'orders', replicationFactor: 2 }],
  });
  const leader = cluster.broker.leaderOf('orders', 0)!;

  await cluster.broker.cluster.stopNode(leader, { electionMs: 300 });
  expect(cluster.broker.leaderOf('orders', 0)).toBe(leader);
  const producer = await cluster.producer({ retry: { initialRetryTime: 30, retries: 20 } });
  await producer.send(message);

  expect(cluster.broker.leaderOf('orders', 0)).not.toBe(leader);
});

test('a paused node takes connections and answers when it is resumed', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  cluster.broker.cluster.pauseNode(1);
  using client = await connectRaw(cluster.broker.brokers[0]!);
  const order: string[] = [];
  const answered = produce(client, { topic: 'orders' }, recordBatch()).then((answer) => {
    order.push('answered');
    return answer;
  });
  // A connection that was made after the request was sent: had the node not hung, it would have answered by now.
  using _later = await connectRaw(cluster.broker.brokers[0]!);
  order.push('resumed');
  cluster.broker.cluster.resumeNode(1);

  expect(await answered).toMatchObject({ errorCode: 0, baseOffset: 0 });
  expect(order).toEqual(['resumed', 'answered']);
});

test('a node that hangs longer than its session loses its leaders, and is told so when it goes on', async () => {
  await using cluster = await startKafkajsCluster({
    nodes: 2,
    'broker.session.timeout.ms': 20,
    topics: [{ name: 'orders', replicationFactor: 2 }],
  });
  const { broker } = cluster;
  const hung = broker.leaderOf('orders', 0)!;
  using client = await connectRaw(broker.brokers[broker.nodeIds.indexOf(hung)]!);
  broker.cluster.pauseNode(hung);
  const late = produce(client, { topic: 'orders' }, recordBatch());
  await vi.waitUntil(() => broker.leaderOf('orders', 0) !== hung);
  using other = await connectRaw(broker.brokers[broker.nodeIds.indexOf(broker.leaderOf('orders', 0)!)]!);
  expect(await produce(other, { topic: 'orders' }, recordBatch())).toMatchObject({ errorCode: 0 });
  broker.cluster.resumeNode(hung);

  expect(await late).toMatchObject({ errorCode: errorCodes.NOT_LEADER_OR_FOLLOWER });
  expect(await endOffset(cluster)).toBe('1');
});

test('a leader can be moved to any node', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 2, topics });
  const producer = await cluster.producer();
  await producer.send(message);
  const target = cluster.broker.leaderOf('orders', 0) === 1 ? 2 : 1;

  expect(() => cluster.broker.cluster.moveLeader('orders', 0)).toThrow('no other live replica');
  expect(() => cluster.broker.cluster.moveLeader('nowhere', 0)).toThrow("topic 'nowhere'");
  expect(cluster.broker.cluster.moveLeader('orders', 0, target)).toBe(target);
  await producer.send(message);

  expect(await endOffset(cluster)).toBe('2');
});

test('connections can be cut, and clients come back', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const producer = await cluster.producer();
  await producer.send(message);

  expect(cluster.broker.cluster.disconnect({ clientId: 'nobody' })).toBe(0);
  expect(cluster.broker.cluster.disconnect({ clientId: 'kafkajs' })).toBeGreaterThan(0);
  await producer.send(message);

  expect(await endOffset(cluster)).toBe('2');
});

test('requests can be watched and counted', async () => {
  await using cluster = await startKafkajsCluster({ topics });
  const seen = createCollector<string>();
  const remove = cluster.broker.requests.observe(({ api, clientId }) => seen.push(`${clientId} ${api}`));
  const producer = await cluster.producer();
  await producer.send(message);
  await seen.until((all) => all.includes('kafkajs Produce'));
  remove();
  await producer.send(message);

  expect(seen.items.filter((item) => item === 'kafkajs Produce')).toHaveLength(1);
  expect(cluster.broker.requests.count({ api: 'Produce', clientId: 'kafkajs', nodeId: 1 })).toBe(2);
  expect(cluster.broker.requests.count({ api: 'Produce', nodeId: 2 })).toBe(0);
});

test('closing a broker ends everything that waits in it', async () => {
  const cluster = await startKafkajsCluster({ topics });
  const { faults, brokers } = cluster.broker;
  using client = await connectRaw(brokers[0]!);
  faults.delay({ api: 'Produce' }, 3_600_000);
  const delayed = produce(client, { topic: 'orders' }, recordBatch());
  await cluster.broker.requests.until({ api: 'Produce' });
  await cluster[Symbol.asyncDispose]();

  await expect(delayed).rejects.toThrow('connection closed');
});
