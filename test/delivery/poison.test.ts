/** A one-way call that kills every process that carries it out: found, given up after its attempts, and no other with it. */
import { once } from 'node:events';
import { defineKafkaService, type KafkaService } from '@trpc-kafka/core';
import { lastHeader } from '@trpc-kafka/core/internal';
import { createKafkaClient, createKafkaEmitter } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { tailTopic } from '../support/topic-tail.ts';
import { uniqueName } from '../support/unique-name.ts';
import { attempts, type PoisonRouter } from './fixtures/poison-router.ts';

/** Calls of one partition, so that the one that kills stands among the others. */
const names = ['a', 'b', 'c', 'poison', 'd', 'e', 'f'];
const others = names.filter((name) => name !== 'poison');

async function writeCalls(service: KafkaService, brokers: readonly string[]) {
  const client = createKafkaClient({
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
    service,
  });
  const emitter = createKafkaEmitter<PoisonRouter>({ client });
  await Promise.all(names.map((name) => emitter.work(name, { key: 'one partition' })));
  await client.close();
}

/** Runs instances, one after the other, until one lives. */
async function runInstances(
  service: string,
  brokers: readonly string[],
): Promise<{ deaths: number; said: () => string[] }> {
  const all: ForkedProcess[] = [];
  while (all.length <= attempts + 1) {
    const server = forkFixture(new URL('./fixtures/poison-server.ts', import.meta.url), [
      service,
      ...brokers,
    ]);
    cleanUps.push(() => server.process.kill('SIGKILL'));
    all.push(server);
    const died = once(server.process, 'close').then(() => 'died');
    const lives = server.heard('dead-lettered offset 3').then(
      () => 'lives',
      () => died,
    );
    if ((await Promise.race([died, lives])) === 'died') continue;
    // What none of those that died has done is this one's to do, after the dead letter or before it.
    await server.heard(
      ...others.map((name) => `done ${name}`).filter((line) => !all.some((one) => one.hasSaid(line))),
    );
    return { deaths: all.length - 1, said: () => all.flatMap(({ lines }) => lines) };
  }
  throw new Error(`${all.length} instances died: ${all.flatMap(({ lines }) => lines).join(', ')}`);
}

const cleanUps: (() => unknown)[] = [];

afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

describe.concurrent.each(targets)('on $name', ({ skip, open }) => {
  test.skipIf(skip)(
    'it becomes a dead letter after its attempts, the others are carried out',
    async () => {
      const target = await open();
      cleanUps.push(() => target.close());
      const { brokers } = target;
      const name = uniqueName('poison');
      const service = defineKafkaService({ name });
      await writeCalls(service, brokers);
      const { deaths, said } = await runInstances(name, brokers);
      expect(deaths).toBe(attempts);
      const begun = (which: string): number => said().filter((line) => line === `begun ${which}`).length;
      expect(begun('poison')).toBe(attempts);
      const letters = await tailTopic(brokers, service.topics.deadLetter.topic, { fromStart: true });
      cleanUps.push(() => letters.close());
      const [letter] = await letters.records.count(1);
      const reason = String(lastHeader(letter!.headers, 'trpc-kafka-dead-letter'));
      expect(reason).toContain('code=MAYBE_EXECUTED;');
      expect(reason).toContain(`;attempts=${attempts};`);
      expect(String(letter!.value)).toContain('"poison"');
      for (const other of others) {
        const times = begun(other);
        expect(times, other).toBeGreaterThan(0);
        // With the first instance, which did not know, and with the second, which ran all of them together; not with every one.
        expect(times, other).toBeLessThanOrEqual(3);
      }
    },
    180_000,
  );
});
