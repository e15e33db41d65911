import { Kafka, logLevel, type Message } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaCluster, type KafkaNode, startKafkaCluster } from '../../scripts/kafka/index.js';
import { findProcesses } from '../../scripts/kafka/process-table.js';
import { whyNoOwnCluster } from '../support/real-kafka/real-kafka.js';

const unavailable = await whyNoOwnCluster();
const topic = 'events';

describe.skipIf(unavailable)('three real nodes', { timeout: 60_000 }, () => {
  let cluster: KafkaCluster;
  const seenPids = new Set<number>();
  const node = (id: number): KafkaNode => cluster.nodes[id - 1]!;

  beforeAll(async () => {
    cluster = await startKafkaCluster({ nodes: 3, settings: { 'min.insync.replicas': 2 } });
    for (const { pid } of cluster.nodes) seenPids.add(pid!);
    await withAdmin(cluster, (admin) =>
      admin.createTopics({
        // kafkajs would give up on the first node that has not heard of the topic yet.
        waitForLeaders: false,
        topics: [{ topic, numPartitions: 6, replicationFactor: 3 }],
      }),
    );
    await cluster.waitUntilReady();
  });
  afterAll(() => cluster.stop());

  it('are one cluster whose addresses are those of its nodes', async () => {
    const { brokers } = await withAdmin(cluster, (admin) => admin.describeCluster());
    const byId = brokers.toSorted((a, b) => a.nodeId - b.nodeId);
    expect(byId.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`])).toEqual(
      cluster.nodes.map(({ id, address }) => [id, address]),
    );
    expect(cluster.nodes.map(({ state }) => state)).toEqual(['up', 'up', 'up']);
  });

  it('go on without one that is killed, and take it back', async () => {
    const { pid, address } = node(1);
    await node(1).kill();
    expect(node(1)).toMatchObject({ pid: undefined, state: 'down' });
    expect(await livingNodes(cluster)).not.toContain(pid);

    await cluster.waitUntilReady();
    expect(await leaders(cluster)).not.toContain(1);
    await roundTrip(cluster, 'while node 1 is dead');

    await node(1).restart();
    await cluster.waitUntilReady();
    expect(node(1)).toMatchObject({ state: 'up', address });
    expect(node(1).pid).not.toBe(pid);
    seenPids.add(node(1).pid!);
    expect(await replicasInSync(cluster)).toEqual([1, 2, 3]);
  });

  it('go on without one that hangs, which catches up when it is let go', async () => {
    const { pid } = node(2);
    await node(2).pause();
    expect(node(2)).toMatchObject({ pid, state: 'paused' });

    await cluster.waitUntilReady();
    expect(await leaders(cluster)).not.toContain(2);
    await roundTrip(cluster, 'while node 2 hangs');

    await node(2).resume();
    await cluster.waitUntilReady();
    expect(node(2)).toMatchObject({ pid, state: 'up' });
    expect(await replicasInSync(cluster)).toEqual([1, 2, 3]);
  });

  it('hand over in order from one that is stopped', async () => {
    await node(3).stop();
    expect(node(3)).toMatchObject({ pid: undefined, state: 'down' });
    await cluster.waitUntilReady();
    await roundTrip(cluster, 'while node 3 is down');

    await node(3).restart();
    seenPids.add(node(3).pid!);
    await cluster.waitUntilReady();
    expect(await replicasInSync(cluster)).toEqual([1, 2, 3]);
  });

  it('say so at once when one ends by itself', async () => {
    process.kill(node(2).pid!, 'SIGKILL');
    await expect.poll(() => node(2).pid).toBeUndefined();
    await expect(cluster.waitUntilReady()).rejects.toMatchObject({
      code: 'NODE_ENDED',
      message: expect.stringContaining(`node 2 (${node(2).address})`),
    });
  });

  it('leave no process and no file behind, hung ones included', async () => {
    await node(1).pause();
    await cluster.stop();
    expect(await findProcesses(`/${cluster.name}/`)).toEqual([]);
    const everyone = await findProcesses('');
    expect(everyone.filter(({ pid }) => seenPids.has(pid))).toEqual([]);
    // Stopping twice is no error: a test may stop what its clean-up stops again.
    await cluster.stop();
  });
});

/** Clients bootstrap from all nodes and try again while leaders move: it is the cluster that is tested, not they. */
function createKafka(cluster: KafkaCluster): Kafka {
  return new Kafka({
    brokers: cluster.nodes.filter(({ state }) => state === 'up').map(({ address }) => address),
    logLevel: logLevel.NOTHING,
    requestTimeout: 3_000,
    retry: { initialRetryTime: 50, retries: 20, maxRetryTime: 500 },
  });
}

type Admin = ReturnType<Kafka['admin']>;

async function withAdmin<T>(cluster: KafkaCluster, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafka(cluster).admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
}

async function livingNodes(cluster: KafkaCluster): Promise<number[]> {
  return (await findProcesses(`/${cluster.name}/`)).map(({ pid }) => pid);
}

async function topicPartitions(cluster: KafkaCluster) {
  const { topics } = await withAdmin(cluster, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return topics[0]!.partitions;
}

async function leaders(cluster: KafkaCluster): Promise<number[]> {
  return (await topicPartitions(cluster)).map(({ leader }) => leader);
}

/** The nodes that are in sync for every partition. */
async function replicasInSync(cluster: KafkaCluster): Promise<number[]> {
  const partitions = await topicPartitions(cluster);
  return [1, 2, 3].filter((id) => partitions.every(({ isr }) => isr.includes(id)));
}

/** Writes to every partition with the consent of all replicas in sync, and sees that readers may read it. */
async function roundTrip(cluster: KafkaCluster, text: string): Promise<void> {
  const producer = createKafka(cluster).producer({ allowAutoTopicCreation: false });
  const before = await endOffsets(cluster);
  await producer.connect();
  try {
    const messages = before.map((_, partition): Message => ({ value: `${text} ${partition}`, partition }));
    await producer.send({ topic, acks: -1, messages });
  } finally {
    await producer.disconnect();
  }
  expect(await endOffsets(cluster)).toEqual(before.map((offset) => offset + 1));
}

/** How far readers may read in each partition. */
async function endOffsets(cluster: KafkaCluster): Promise<number[]> {
  const offsets = await withAdmin(cluster, (admin) => admin.fetchTopicOffsets(topic));
  return offsets.toSorted((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
}
