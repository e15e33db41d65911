/** An end that was asked for is no error: kafkajs logs its own stop as a crash, which alarms whoever reads the logs of a deploy. */
import { createKafkajsDriver } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';

test('closing in order logs no error', async () => {
  await using broker = await createDevBroker({ topics: [{ name: 'calls', partitions: 3 }] });
  const errors: string[] = [];
  for (let round = 1; round < 9; round++) {
    const kafka = new Kafka({
      brokers: [...broker.brokers],
      logLevel: logLevel.ERROR,
      logCreator: () => (entry) => errors.push(`${entry.namespace}: ${entry.log.message}`),
    });
    const driver = createKafkajsDriver(kafka);
    const groups = ['a', 'b'].map((groupId) =>
      driver.openGroup({
        groupId,
        topic: 'calls',
        heartbeatIntervalMs: 100,
        maxWaitTimeMs: 100,
        onRecords() {},
        onAssigned() {},
        onRevoked() {},
        offsetsToCommit: () => [],
      }),
    );
    await Promise.all(groups.map((group) => group.ready));
    // The noise comes when a member that heartbeats ends in the midst of it.
    await broker.requests.until({ api: 'Heartbeat' }, broker.requests.count({ api: 'Heartbeat' }) + round);
    for (const group of groups) await group.leave();
    await driver.close();
  }
  expect(errors).toEqual([]);
});
