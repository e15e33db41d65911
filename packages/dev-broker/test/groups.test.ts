import type { Consumer } from 'kafkajs';
import { expect, test } from 'vitest';
import { type Collector, createCollector } from './support/collector.js';
import { type KafkajsCluster, startKafkajsCluster } from './support/kafkajs-cluster.js';

interface Assignment {
  readonly consumer: Consumer;
  readonly assignments: Collector<number[]>;
  readonly received: Collector<string>;
}

async function join(cluster: KafkajsCluster, groupId: string, topic = 'work'): Promise<Assignment> {
  const consumer = await cluster.consumer(groupId);
  const assignments = createCollector<number[]>();
  const received = createCollector<string>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
    assignments.push([...(payload.memberAssignment[topic] ?? [])]),
  );
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => received.push(String(message.value)),
  });
  return { consumer, assignments, received };
}

const last = (items: readonly number[][]): readonly number[] => items.at(-1) ?? [];
const numbers = (a: number, b: number): number => a - b;

test('a member that joins takes its share, and gives it back when it leaves', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'work', partitions: 4 }] });
  const first = await join(cluster, 'workers');
  await first.assignments.until((all) => last(all).length === 4);

  const second = await join(cluster, 'workers');
  await first.assignments.until((all) => last(all).length === 2);
  await second.assignments.until((all) => last(all).length === 2);
  const shared = [...last(first.assignments.items), ...last(second.assignments.items)].sort(numbers);

  await second.consumer.disconnect();
  await first.assignments.until((all) => last(all).length === 4);

  expect(shared).toEqual([0, 1, 2, 3]);
});

test('members that join at the same moment end up with all partitions between them', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 3, topics: [{ name: 'work', partitions: 6 }] });
  const members = await Promise.all([1, 2, 3].map(() => join(cluster, 'workers')));
  await Promise.all(members.map((member) => member.assignments.until((all) => last(all).length === 2)));

  const owned = members.flatMap((member) => last(member.assignments.items)).sort(numbers);
  expect(owned).toEqual([0, 1, 2, 3, 4, 5]);
});

test('a group goes on where it committed', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'work' }] });
  const producer = await cluster.producer();
  await producer.send({ topic: 'work', messages: ['a', 'b', 'c'].map((value) => ({ value })) });
  const before = await join(cluster, 'workers');
  await before.received.until((all) => all.length === 3);
  await before.consumer.commitOffsets([{ topic: 'work', partition: 0, offset: '2' }]);
  await before.consumer.disconnect();

  const after = await join(cluster, 'workers');
  await after.received.until((all) => all.length === 1);

  expect(after.received.items).toEqual(['c']);
});

test('committed metadata is served as it was written', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'work', partitions: 2 }] });
  const admin = await cluster.admin();
  const member = await join(cluster, 'workers');
  await member.assignments.until((all) => last(all).length === 2);
  await member.consumer.commitOffsets([{ topic: 'work', partition: 1, offset: '0', metadata: 'clean ✓' }]);

  expect(await admin.fetchOffsets({ groupId: 'workers', topics: ['work'] })).toEqual([
    {
      topic: 'work',
      partitions: [
        { partition: 0, offset: '-1', metadata: null },
        { partition: 1, offset: '0', metadata: 'clean ✓' },
      ],
    },
  ]);
});

test('a rebalance can be forced, and everyone joins the next generation', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'work', partitions: 2 }] });
  const member = await join(cluster, 'workers');
  await member.assignments.until((all) => all.length === 1);

  expect(cluster.broker.cluster.forceRebalance('workers')).toBe(true);
  await member.assignments.until((all) => all.length === 2);

  expect(cluster.broker.cluster.forceRebalance('nobody')).toBe(false);
});

test('when the coordinator goes down another node takes over with members and offsets', async () => {
  await using cluster = await startKafkajsCluster({
    nodes: 3,
    topics: [{ name: 'work', partitions: 3, replicationFactor: 3 }],
  });
  const admin = await cluster.admin();
  const producer = await cluster.producer();
  const member = await join(cluster, 'workers');
  await member.assignments.until((all) => last(all).length === 3);
  await producer.send({ topic: 'work', messages: [{ value: 'before', partition: 0 }] });
  await member.received.until((all) => all.includes('before'));
  await member.consumer.commitOffsets([{ topic: 'work', partition: 0, offset: '1' }]);

  const coordinator = cluster.broker.coordinatorOf('workers')!;
  await cluster.broker.cluster.stopNode(coordinator);
  await producer.send({ topic: 'work', messages: [{ value: 'after', partition: 0 }] });
  await member.received.until((all) => all.includes('after'));

  expect(cluster.broker.coordinatorOf('workers')).not.toBe(coordinator);
  const [offsets] = await admin.fetchOffsets({ groupId: 'workers', topics: ['work'] });
  expect(offsets?.partitions.find(({ partition }) => partition === 0)).toMatchObject({ offset: '1' });
});
