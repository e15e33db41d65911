import { expect, test } from 'vitest';
import { type KafkajsCluster, startKafkajsCluster } from './support/kafkajs-cluster.js';

async function joined(cluster: KafkajsCluster, groupId: string): Promise<string> {
  const consumer = await cluster.consumer(groupId);
  const memberId = new Promise<string>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => resolve(payload.memberId));
  });
  await consumer.subscribe({ topic: 'a' });
  await consumer.run({ eachMessage: async () => {} });
  return memberId;
}

test('groups are listed over all nodes, and described with their members', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 3, topics: [{ name: 'a' }] });
  const admin = await cluster.admin();
  const ids = ['one', 'two', 'three', 'four'];
  const members = await Promise.all(ids.map((id) => joined(cluster, id)));

  const { groups: listed } = await admin.listGroups();
  const { groups: described } = await admin.describeGroups(ids);
  expect(listed.map(({ groupId }) => groupId).sort()).toEqual([...ids].sort());
  expect(new Set(ids.map((id) => cluster.broker.coordinatorOf(id))).size).toBeGreaterThan(1);
  expect(ids.map((id) => described.find(({ groupId }) => groupId === id))).toMatchObject(
    ids.map((groupId, i) => ({
      groupId,
      state: 'Stable',
      protocolType: 'consumer',
      protocol: 'RoundRobinAssigner',
      members: [{ memberId: members[i], clientId: 'kafkajs', clientHost: '/127.0.0.1' }],
    })),
  );
});

test('a group that is not there is dead', async () => {
  await using cluster = await startKafkajsCluster();
  const admin = await cluster.admin();
  expect((await admin.describeGroups(['nobody'])).groups).toMatchObject([{ state: 'Dead', members: [] }]);
});

test('only empty groups can be deleted', async () => {
  await using cluster = await startKafkajsCluster({ topics: [{ name: 'a' }] });
  const admin = await cluster.admin();
  await joined(cluster, 'busy');
  const deleted = await admin.deleteGroups(['busy']).catch((error: { groups: unknown }) => error.groups);
  const missing = await admin.deleteGroups(['nobody']).catch((error: { groups: unknown }) => error.groups);

  expect(deleted).toMatchObject([{ groupId: 'busy', error: { type: 'NON_EMPTY_GROUP' } }]);
  expect(missing).toMatchObject([{ groupId: 'nobody', error: { type: 'GROUP_ID_NOT_FOUND' } }]);
});

test('the cluster tells of the nodes that are up', async () => {
  await using cluster = await startKafkajsCluster({ nodes: 3, firstNodeId: 5 });
  const admin = await cluster.admin();
  await cluster.broker.cluster.stopNode(6);

  const { brokers } = await admin.describeCluster();
  expect(brokers.map(({ nodeId }) => nodeId)).toEqual([5, 7]);
});
