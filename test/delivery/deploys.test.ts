/** Instances that come and go under load: nothing is lost, no two-way call fails or is run twice. */
import { createTRPCClient } from '@trpc/client';
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createKafkaClient, createKafkaEmitter, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { uniqueName } from '../support/unique-name.ts';
import { createSteadyLoad, type MakeCall } from './fixtures/steady-load.ts';
import { createWorkRouter, type WorkRouter } from './fixtures/work-router.ts';

const targets = await sharedBrokers();

/** A service whose instances and client are all here, each with a Kafka client of its own. */
function createWorkWorld(brokers: readonly string[]) {
  const name = uniqueName('deploys');
  const partitions = { partitions: 6 };
  const service = defineKafkaService({ name, topics: { requests: partitions, oneWay: partitions } });
  const createKafka = (): Kafka => new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const runs = new Map<string, number>();
  const router = createWorkRouter(200, (call) => runs.set(call, (runs.get(call) ?? 0) + 1));
  const handlers: KafkaHandler[] = [];
  const kafkaClient = createKafkaClient({
    kafka: createKafka(),
    service,
    app: `${name}-app`,
    timeoutMs: 40_000,
  });
  const client = createTRPCClient<WorkRouter>({ links: [kafkaLink<WorkRouter>({ client: kafkaClient })] });
  const emitter = createKafkaEmitter<WorkRouter>({ client: kafkaClient });

  async function add(): Promise<void> {
    // One-way calls must not be held up by how few run at a time: the rate is that of all kinds together.
    const handler = applyKafkaHandler({
      kafka: createKafka(),
      service,
      router,
      oneWay: { maxConcurrentCalls: 500 },
    });
    handlers.push(handler);
    await handler.ready();
  }

  return {
    client,
    emitter,
    runs,
    add,
    /** The oldest instance leaves in order. */
    remove: async (): Promise<void> => await handlers.shift()?.close(),
    ready: () => kafkaClient.ready(),
    async [Symbol.asyncDispose]() {
      await kafkaClient.close();
      await Promise.all(handlers.map((handler) => handler.close({ graceMs: 0 })));
    },
  };
}

type WorkWorld = ReturnType<typeof createWorkWorld>;

/** From one instance to three, each of them replaced, and down to two. */
async function comeAndGo({ add, remove }: WorkWorld): Promise<void> {
  await add();
  await add();
  for (let n = 0; n < 3; n++) {
    await add();
    await remove();
  }
  await remove();
}

/** How often calls were run, in how many cases: `{ 1: 5000 }`. */
function countRuns(names: readonly string[], runs: ReadonlyMap<string, number>): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const name of names) {
    const times = runs.get(name) ?? 0;
    counts[times] = (counts[times] ?? 0) + 1;
  }
  return counts;
}

const twoWay =
  ({ client }: WorkWorld): MakeCall =>
  (name) =>
    Number(name.split(' ')[1]) % 2 === 0 ? client.read.query(name) : client.write.mutate(name);

const oneWay =
  ({ emitter }: WorkWorld): MakeCall =>
  (name) =>
    emitter.note(name);

describe.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip)(
    'two-way calls: each is answered, none is run twice',
    async () => {
      await using world = createWorkWorld(brokers);
      await Promise.all([world.add(), world.ready()]);
      const load = createSteadyLoad(500, twoWay(world));
      await comeAndGo(world);
      const { names, failed } = await load.stop();
      expect([...failed]).toEqual([]);
      expect(countRuns(names, world.runs)).toEqual({ 1: names.length });
    },
    120_000,
  );

  test.skipIf(skip)(
    'one-way calls: each is carried out',
    async () => {
      await using world = createWorkWorld(brokers);
      await Promise.all([world.add(), world.ready()]);
      const load = createSteadyLoad(500, oneWay(world));
      await comeAndGo(world);
      const { names, failed } = await load.stop();
      expect([...failed]).toEqual([]);
      await expect.poll(() => countRuns(names, world.runs)[0] ?? 0, { timeout: 60_000 }).toBe(0);
    },
    120_000,
  );

  test.skipIf(skip)(
    'both at once: neither disturbs the other',
    async () => {
      await using world = createWorkWorld(brokers);
      await Promise.all([world.add(), world.ready()]);
      const both = [
        createSteadyLoad(250, twoWay(world)),
        createSteadyLoad(250, (name) => oneWay(world)(`one-way ${name}`)),
      ];
      await comeAndGo(world);
      const [answered, acknowledged] = await Promise.all(both.map((load) => load.stop()));
      expect([...answered!.failed, ...acknowledged!.failed]).toEqual([]);
      expect(countRuns(answered!.names, world.runs)).toEqual({ 1: answered!.names.length });
      const noted = acknowledged!.names.map((name) => `one-way ${name}`);
      await expect.poll(() => countRuns(noted, world.runs)[0] ?? 0, { timeout: 60_000 }).toBe(0);
    },
    120_000,
  );
});
