/** Without the right to a group the error says so: kafkajs would only say that it found no coordinator. */
import { createKafkajsDriver } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';

test('a missing right to the group is AUTHORIZATION_FAILED', async () => {
  await using broker = await createDevBroker({ topics: [{ name: 'calls' }] });
  broker.faults.fail({ api: 'FindCoordinator' }, 'GROUP_AUTHORIZATION_FAILED');
  const driver = createKafkajsDriver(new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING }));
  const group = driver.openGroup({
    groupId: 'workers',
    topic: 'calls',
    onRecords() {},
    onAssigned() {},
    onRevoked() {},
    offsetsToCommit: () => [],
  });
  await expect(group.ready).rejects.toMatchObject({ code: 'AUTHORIZATION_FAILED', retryable: false });
  await driver.close();
});
