import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaDriver } from '@trpc-kafka/core';
import type { Kafka } from 'kafkajs';
import { expect } from 'vitest';
import type { DriverCase, DriverWorld, NodeControl } from '../driver-case.js';
import { join } from '../group-member.js';
import { inShort, readAll, record, text, write } from '../records.js';

/** A partition of the topic that the node leads, and one that it does not. */
async function placesByLeader(nodes: NodeControl, topic: string, partitions: number) {
  const leaders = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => nodes.leaderOf(topic, partition)),
  );
  const node = leaders[0]!;
  return { node, on: 0, beside: leaders.findIndex((leader) => leader !== node) };
}

/** Writes one record after the other until told to stop. */
function keepWriting(driver: KafkaDriver, topic: string) {
  const written: string[] = [];
  let stopped = false;
  const writing = (async () => {
    while (!stopped) {
      const value = `${written.length}`;
      await write(driver, [record({ topic }, value)]);
      written.push(value);
    }
  })();
  return {
    written,
    async stop() {
      stopped = true;
      await writing;
    },
  };
}

/** Takes the leader of a topic away while it is written to and read, and gives it back. */
async function loseLeader(world: DriverWorld, how: 'kill' | 'pause') {
  const { openDriver, createTopic, nodes, onEnd } = world;
  const topic = await createTopic();
  const [writer, reader] = [openDriver(), openDriver()];
  const read = readAll(reader, topic);
  const writing = keepWriting(writer, topic);
  await read.count(20);
  const node = await nodes.leaderOf(topic, 0);
  await nodes[how](node);
  onEnd(async () => {
    await (how === 'kill' ? nodes.restart(node) : nodes.resume(node));
    await nodes.ready();
  });
  const before = read.items.length;
  await read.until((all) => all.length > before + 20, 'records from another leader');
  await writing.stop();
  await read.count(writing.written.length);
  expect(read.items.map(text)).toEqual(writing.written);
  return { writer, reader };
}

/** The shortest that brokers allow. */
const sessionTimeoutMs = 6000;

/** The ids of a group's members, as brokers know them. */
async function memberIds(kafka: Kafka, groupId: string): Promise<readonly string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([groupId]);
    return groups[0]!.members.map(({ memberId }) => memberId).sort();
  } finally {
    await admin.disconnect();
  }
}

/** Nodes die and hang. */
export const nodeFaultCases: readonly DriverCase[] = [
  {
    name: 'writes and reads everything once and in order over the death of a leader',
    needs: ['nodes'],
    timeoutMs: 90_000,
    async run(world) {
      const { reader } = await loseLeader(world, 'kill');
      const told = reader.events.items.map((event) => event.type);
      expect(told).toEqual(expect.arrayContaining(['inbox-interrupted', 'inbox-recovered']));
    },
  },
  {
    name: 'writes and reads everything once and in order when a leader hangs',
    needs: ['nodes'],
    timeoutMs: 90_000,
    async run(world) {
      await loseLeader(world, 'pause');
    },
  },
  {
    name: 'goes on writing to other leaders while one hangs',
    needs: ['nodes'],
    timeoutMs: 90_000,
    async run({ openDriver, createTopic, nodes, onEnd }) {
      // Without replicas: those of others that hang on the paused node would delay their acknowledgements.
      const topic = await createTopic({ partitions: 3, replicationFactor: 1 });
      const driver = openDriver();
      const first = [0, 1, 2].map((partition) => record({ topic, partition }, 'first'));
      await write(driver, first);
      const { node, on, beside } = await placesByLeader(nodes, topic, 3);
      await nodes.pause(node);
      onEnd(() => nodes.ready());
      const order: string[] = [];
      const hanging = driver
        .produce([record({ topic, partition: on }, 'hangs')])
        .then((outcomes) => order.push(`hung ${outcomes.map(inShort).join()}`));
      for (let i = 1; i <= 10; i++) {
        expect(await write(driver, [record({ topic, partition: beside }, `${i}`)])).toEqual([i]);
      }
      expect(order).toEqual([]);
      await nodes.resume(node);
      await hanging;
      expect(order).toEqual(['hung 1']);
      expect((await readAll(driver, topic, on).count(2)).map(text)).toEqual(['first', 'hangs']);
    },
  },
  {
    name: 'reads as a group over the death of its coordinator and of a leader, and loses nothing',
    needs: ['nodes'],
    timeoutMs: 90_000,
    async run({ openDriver, createTopic, nodes, onEnd }) {
      const topic = await createTopic();
      const writer = openDriver();
      const member = join(openDriver(), { groupId: topic, topic });
      await member.ready;
      const writing = keepWriting(writer, topic);
      await member.records.count(20);
      const node = await nodes.leaderOf(topic, 0);
      await nodes.kill(node);
      onEnd(async () => {
        await nodes.restart(node);
        await nodes.ready();
      });
      const before = member.records.items.length;
      await member.records.until((all) => all.length > before + 20, 'records from another leader');
      await writing.stop();
      const last = writing.written.at(-1)!;
      await member.records.until((all) => all.some((one) => text(one) === last), 'the last record');
      // A new session may deliver again what the last one had not committed; it leaves nothing out.
      expect([...new Set(member.records.items.map(text))]).toEqual(writing.written);
    },
  },
  {
    name: 'is the same member of its group after all nodes were away for longer than its session',
    needs: ['nodes'],
    timeoutMs: 90_000,
    async run({ openDriver, createTopic, nodes, kafka, onEnd }) {
      const topic = await createTopic({ partitions: 3 });
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic, sessionTimeoutMs });
      await member.ready;
      const places = [0, 1, 2].map((partition) => ({ topic, partition }));
      const ids = new Set(await Promise.all(places.map((place) => nodes.leaderOf(topic, place.partition))));
      const before = await memberIds(kafka, topic);
      await Promise.all([...ids].map((id) => nodes.kill(id)));
      onEnd(() => nodes.ready());
      await driver.events.until((all) => all.some(({ type }) => type === 'group-interrupted'), 'the outage');
      await delay(sessionTimeoutMs + 1000);
      await Promise.all([...ids].map((id) => nodes.restart(id)));
      await nodes.ready();
      await write(
        driver,
        places.map((place) => record(place, `${place.partition}`)),
      );
      expect((await member.records.count(3)).map(text).sort()).toEqual(['0', '1', '2']);
      expect(await memberIds(kafka, topic)).toEqual(before);
      const told = driver.events.items.map(({ type }) => type).filter((type) => type.startsWith('group'));
      expect(told).toEqual(['group-joined', 'group-interrupted', 'group-recovered']);
      expect([member.assignments.items.length, member.revocations.items]).toEqual([1, []]);
    },
  },
  {
    name: 'can be closed while no node answers',
    needs: ['nodes'],
    timeoutMs: 60_000,
    async run({ openDriver, createTopic, nodes, onEnd }) {
      const topic = await createTopic({ partitions: 3 });
      const driver = openDriver();
      const member = join(driver, { groupId: topic, topic });
      const read = readAll(driver, topic);
      await member.ready;
      await write(driver, [record({ topic }, 'a')]);
      await read.count(1);
      const ids = new Set(await Promise.all([0, 1, 2].map((partition) => nodes.leaderOf(topic, partition))));
      expect(ids.size).toBe(3);
      for (const id of ids) await nodes.pause(id);
      onEnd(async () => {
        for (const id of ids) await nodes.resume(id);
        await nodes.ready();
      });
      const outcome = driver.produce([record({ topic }, 'b')]);
      await driver.close();
      expect((await outcome).map(inShort)).toEqual(['CLIENT_CLOSED']);
    },
  },
];
