/** What stands in the way at the start: brokers that are not there, topics that are missing or unfit. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import { createTRPCUntypedClient } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import {
  createKafkajsDriver,
  type KafkaDriver,
  type KafkaService,
  type ServiceTopicRole,
  type TopicSpec,
} from '@trpc-kafka/core';
import { createKafkaClient, createKafkaEmitter, type KafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type OpenTarget, targets } from '../support/broker-targets.ts';
import { errorOf, transportErrorOf } from '../support/call-error.ts';
import { onePartitionService } from './support/arena.ts';
import { type TargetRouter, targetRouter } from './support/target-router.ts';

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const connect = (brokers: readonly string[]): Kafka =>
  new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

function openClient(brokers: readonly string[], service: KafkaService, timeoutMs = 20_000): KafkaClient {
  const client = createKafkaClient({ kafka: connect(brokers), service, timeoutMs, topics: 'require' });
  cleanUps.push(() => client.close());
  return client;
}

const callEcho = (client: KafkaClient): Promise<unknown> =>
  createTRPCUntypedClient<AnyTRPCRouter>({ links: [kafkaLink<AnyTRPCRouter>({ client })] }).query('echo', 1);

const emitStore = (client: KafkaClient): Promise<unknown> =>
  createKafkaEmitter<TargetRouter>({ client }).store(1);

/** An address at which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the server had no port');
  return `127.0.0.1:${address.port}`;
}

describe('brokers that cannot be reached', () => {
  test('the first call fails within its timeout and names them; closing does not wait for them', async () => {
    const brokers = [await deadAddress(), await deadAddress()];
    const client = openClient(brokers, onePartitionService(), 1000);
    const calls = [callEcho(client), emitStore(client)];
    const failure = expect.objectContaining({
      code: 'BROKERS_UNREACHABLE',
      retryable: true,
      message: expect.stringMatching(new RegExp(`1000 ms.* it was never sent.*${brokers.join(', ')}`)),
    });
    // What ends them is their own timeout: the test's is twenty times as long, a session's even longer.
    expect(await Promise.all(calls.map(transportErrorOf))).toEqual([failure, failure]);
    await client.close();
    expect(await transportErrorOf(callEcho(client))).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  test('closing fails the calls that wait', async () => {
    const client = openClient([await deadAddress()], onePartitionService(), 60_000);
    const calls = [callEcho(client), emitStore(client)].map(transportErrorOf);
    await client.close();
    const closed = expect.objectContaining({ code: 'CLIENT_CLOSED' });
    expect(await Promise.all(calls)).toEqual([closed, closed]);
  });

  test('a handler goes on trying, and can be closed', async () => {
    const handler = applyKafkaHandler({
      kafka: connect([await deadAddress()]),
      service: onePartitionService(),
      router: targetRouter,
    });
    const ready = transportErrorOf(handler.ready());
    await handler.close();
    expect(await ready).toMatchObject({ code: 'CLIENT_CLOSED' });
  });
});

describe.each(targets)("topics: 'require' on $name", ({ skip, open }) => {
  let target: OpenTarget;
  let driver: KafkaDriver;

  beforeAll(async () => {
    if (skip) return;
    target = await open();
    driver = createKafkajsDriver(connect(target.brokers));
  });

  afterAll(async () => {
    if (skip) return;
    await driver.close();
    await target.close();
  });

  /** Creates the topics of a service: all but one, or one of them with other settings. */
  async function createTopics(service: KafkaService, odd: ServiceTopicRole, config?: TopicSpec['config']) {
    const specs = Object.entries(service.topics).flatMap(([role, { topic }]): TopicSpec[] => {
      if (role !== odd) return [{ topic, partitions: 1, config: {} }];
      return config === undefined ? [] : [{ topic, partitions: 1, config }];
    });
    await driver.createTopics(specs);
  }

  const startHandler = (service: KafkaService): Promise<void> => {
    const handler = applyKafkaHandler({
      kafka: connect(target.brokers),
      service,
      router: targetRouter,
      topics: 'require',
    });
    cleanUps.push(() => handler.close({ graceMs: 0 }));
    return handler.ready();
  };

  const ofHandler: readonly ServiceTopicRole[] = ['requests', 'oneWay', 'control', 'deadLetter'];
  const ofClient: readonly ServiceTopicRole[] = ['requests', 'oneWay', 'control', 'replies'];

  async function errorsOf(service: KafkaService, role: ServiceTopicRole): Promise<readonly Error[]> {
    const starts: Promise<unknown>[] = [];
    if (ofHandler.includes(role)) starts.push(startHandler(service));
    if (ofClient.includes(role)) {
      const client = openClient(target.brokers, service);
      starts.push(callEcho(client), emitStore(client), client.ready());
    }
    return await Promise.all(starts.map(transportErrorOf));
  }

  const roles: readonly ServiceTopicRole[] = ['requests', 'oneWay', 'control', 'replies', 'deadLetter'];

  test.skipIf(skip).each(roles)(
    'a missing %s topic is named, with the command that makes it',
    async (role) => {
      const service = onePartitionService();
      await createTopics(service, role);
      const { topic } = service.topics[role];
      for (const error of await errorsOf(service, role)) {
        expect(error).toMatchObject({ code: 'TOPIC_MISSING', retryable: false });
        expect(error.message).toContain(`missing topic ${topic},`);
        expect(error.message).toContain(
          `kafka-topics.sh --bootstrap-server <broker> --create --topic ${topic} --partitions 1`,
        );
      }
      expect(await driver.countPartitions(topic)).toBeUndefined();
    },
  );

  test.skipIf(skip).each(roles)(
    'a compacted %s topic is named, with the command that cures it',
    async (role) => {
      const service = onePartitionService();
      await createTopics(service, role, { 'cleanup.policy': 'compact' });
      const { topic } = service.topics[role];
      for (const error of await errorsOf(service, role)) {
        expect(error).toMatchObject({ code: 'TOPIC_UNFIT', retryable: false });
        expect(error.message).toContain(`topic ${topic} has cleanup.policy=compact`);
        expect(error.message).toContain(`--entity-name ${topic} --add-config cleanup.policy=delete`);
      }
    },
  );

  test.skipIf(skip)('all that are missing are named in one error', async () => {
    const service = onePartitionService();
    const error = await errorOf(startHandler(service));
    for (const role of ofHandler)
      expect(String(error)).toContain(`--create --topic ${service.topics[role].topic} `);
  });
});
