/** Brokers that are away are tried some tens of times a second: whoever reads the logs next morning is to find more than that. */
import { connect } from 'node:net';
import { createKafkajsDriver } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished, test } from 'vitest';
import { createCollector } from '../support/collector.js';
import { join } from './group-member.js';
import { readAll } from './records.js';

test('an outage is logged, and each thing once; no warning of Node stands beside it', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  await using broker = await createDevBroker({ topics: [{ name: 't' }] });
  const attempts = createCollector<string>();
  const errors: string[] = [];
  const driver = createKafkajsDriver(
    new Kafka({
      brokers: [...broker.brokers],
      logLevel: logLevel.ERROR,
      logCreator: () => (entry) => errors.push(`${entry.namespace}: ${entry.log.message}`),
      socketFactory({ host, port, onConnect }) {
        attempts.add(`${host}:${port}`);
        return connect({ host, port }, onConnect);
      },
    }),
  );
  onTestFinished(() => driver.close());
  readAll(driver, 't');
  await join(driver, { groupId: 'g', topic: 't' }).ready;
  const [nodeId] = broker.nodeIds;
  await broker.cluster.stopNode(nodeId!);
  await attempts.count(attempts.items.length + 60);
  expect(errors).toContainEqual(expect.stringContaining('ECONNREFUSED'));
  expect(errors).toEqual([...new Set(errors)]);
  expect(warnings).toEqual([]);
});
