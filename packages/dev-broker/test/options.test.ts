import { expect, test } from 'vitest';
import { createDevBroker } from '../src/index.js';

test('nodes get ids from the first one on, and consecutive ports if a port is given', async () => {
  await using probe = await createDevBroker({ nodes: 3, firstNodeId: 0 });
  const freePort = Number(probe.brokers[0]!.split(':')[1]);
  await probe.close();
  await using single = await createDevBroker({ port: freePort });

  expect(probe.nodeIds).toEqual([0, 1, 2]);
  expect(new Set(probe.brokers).size).toBe(3);
  expect(single.brokers).toEqual([`127.0.0.1:${freePort}`]);
});

test('an option that is not known is named', async () => {
  const options = { 'group.initial.rebalance.delay': 5 } as object;
  await expect(createDevBroker(options)).rejects.toThrow("unknown option 'group.initial.rebalance.delay'");
});

test('a setting of the wrong type is named', async () => {
  const options = { 'num.partitions': '3' } as object;
  await expect(createDevBroker(options)).rejects.toThrow("'num.partitions' must be a number, got 3");
});

test('a port that is taken is an error, and nothing is left listening', async () => {
  await using first = await createDevBroker();
  const port = Number(first.brokers[0]!.split(':')[1]);

  await expect(createDevBroker({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a topic that cannot be made is an error', async () => {
  await expect(createDevBroker({ topics: [{ name: 'a', replicationFactor: 2 }] })).rejects.toMatchObject({
    name: 'INVALID_REPLICATION_FACTOR',
  });
});
