import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createKafkajsDriver } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it, type TestContext } from 'vitest';
import { createCollector } from '../support/collector.js';
import { realKafka } from '../support/real-kafka/real-kafka.js';
import { join } from './group-member.js';
import { numbered, text, write } from './records.js';

const kafka = await realKafka();
const fixture = fileURLToPath(new URL('fixtures/member.ts', import.meta.url));

describe.concurrent.each([
  ['dev-broker', undefined],
  ['Apache Kafka', kafka.brokers],
])('a member that is killed, on %s', (name, shared) => {
  it.skipIf(name === 'Apache Kafka' && kafka.unavailable)(
    'leaves what it did not commit to the others, once its session has ended',
    { timeout: 40_000 },
    async ({ onTestFinished }) => {
      const brokers = shared ?? (await startDevBroker(onTestFinished));
      const driver = createKafkajsDriver(new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }));
      onTestFinished(() => driver.close());
      const topic = `death.${Date.now()}`;
      await driver.createTopics([{ topic, partitions: 1, config: {} }]);

      const child = spawn(process.execPath, ['--import', 'tsx', fixture, topic, ...brokers], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      const received = createCollector<number>();
      child.on('message', (count) => received.add(count as number));
      await write(driver, numbered({ topic }, 5));
      await received.until((counts) => counts.reduce((sum, count) => sum + count, 0) === 5, 'five records');

      child.kill('SIGKILL');
      await once(child, 'exit');
      const survivor = join(driver, { groupId: topic, topic });
      expect((await survivor.records.count(5)).map(text)).toEqual(['0', '1', '2', '3', '4']);
    },
  );
});

async function startDevBroker(onTestFinished: TestContext['onTestFinished']): Promise<readonly string[]> {
  const broker = await createDevBroker();
  onTestFinished(() => broker.close());
  return broker.brokers;
}
