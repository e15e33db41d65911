/** A server that dies in the midst of calls: queries are run again by its successor, mutations are not, and nobody hangs. */
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createKafkaClient, kafkaBatchLink, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, describe, expect, test } from 'vitest';
import { targets } from '../support/broker-targets.ts';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { uniqueName } from '../support/unique-name.ts';
import { createSlowRouter, type SlowRouter } from './fixtures/slow-router.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function startSlowServer(service: string, brokers: readonly string[]): ForkedProcess {
  const server = forkFixture(new URL('./fixtures/slow-server.ts', import.meta.url), [service, ...brokers]);
  cleanUps.push(() => server.process.kill('SIGKILL'));
  return server;
}

function startClient(service: string, brokers: readonly string[]) {
  const client = createKafkaClient({
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
    service,
    app: `${service}-app`,
    timeoutMs: 40_000,
  });
  cleanUps.push(() => client.close());
  const [single, batch] = [kafkaLink<SlowRouter>({ client }), kafkaBatchLink<SlowRouter>({ client })];
  return {
    client: createTRPCClient<SlowRouter>({ links: [single] }),
    /** Its calls share records. */
    batchClient: createTRPCClient<SlowRouter>({ links: [batch] }),
  };
}

async function startSuccessor(service: string, brokers: readonly string[]): Promise<string[]> {
  const executed: string[] = [];
  const handler = applyKafkaHandler({
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
    service,
    router: createSlowRouter({
      begun: (name) => executed.push(name),
      release: async (name) => `${name} by the successor`,
    }),
  });
  cleanUps.push(() => handler.close({ graceMs: 0 }));
  await handler.ready();
  return executed;
}

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof TRPCClientError) || !isKafkaTransportError(error.cause)) throw error;
    return error.cause.code;
  }
}

describe.each(targets)('on $name', ({ skip, open }) => {
  test.skipIf(skip)(
    'its successor answers the query, runs no mutation twice, and says of it what it knows',
    async () => {
      const target = await open();
      cleanUps.push(() => target.close());
      const { brokers } = target;
      const service = uniqueName('death');
      const server = startSlowServer(service, brokers);
      await server.heard('ready');
      const { client, batchClient } = startClient(service, brokers);
      const read = outcomeOf(client.read.query());
      const write = outcomeOf(client.write.mutate());
      const writeOnce = outcomeOf(
        client.writeOnce.mutate(undefined, { context: kafkaContext({ idempotencyKey: 'once' }) }),
      );
      const rewrite = outcomeOf(client.rewrite.mutate());
      const readOnce = outcomeOf(client.readOnce.query());
      const together = Promise.all(
        [batchClient.read.query(), batchClient.write.mutate(), batchClient.readOnce.query()].map(outcomeOf),
      );
      const twice = ['begun read', 'begun write', 'begun readOnce'];
      await server.heard('begun writeOnce', 'begun rewrite', ...twice, ...twice);
      server.process.kill('SIGKILL');
      const executed = await startSuccessor(service, brokers);
      expect(await read).toBe('read by the successor');
      expect(await write).toBe('MAYBE_EXECUTED');
      // With an idempotency key the caller has said that running it again does no harm.
      expect(await writeOnce).toBe('writeOnce by the successor');
      // Procedures that know better have said so.
      expect(await rewrite).toBe('rewrite by the successor');
      expect(await readOnce).toBe('MAYBE_EXECUTED');
      // Of a record with several calls each is judged by itself.
      expect(await together).toEqual(['read by the successor', 'MAYBE_EXECUTED', 'MAYBE_EXECUTED']);
      expect(executed.sort()).toEqual(['read', 'read', 'rewrite', 'writeOnce']);
      // What is called from now on is not in doubt.
      expect(await outcomeOf(client.write.mutate())).toBe('write by the successor');
    },
    60_000,
  );

  test.skipIf(skip)(
    'one that left in order leaves no doubt about what it had not begun',
    async () => {
      const target = await open();
      cleanUps.push(() => target.close());
      const { brokers } = target;
      const service = uniqueName('leave');
      const first = await startLeavingServer(service, brokers);
      const { client } = startClient(service, brokers);
      expect(await client.write.mutate()).toBe('write by the first');
      await first();
      const write = outcomeOf(client.write.mutate());
      const executed = await startSuccessor(service, brokers);
      expect(await write).toBe('write by the successor');
      expect(executed).toEqual(['write']);
    },
    60_000,
  );
});

async function startLeavingServer(service: string, brokers: readonly string[]): Promise<() => Promise<void>> {
  const handler = applyKafkaHandler({
    kafka: new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }),
    service,
    router: createSlowRouter({ begun() {}, release: async (name) => `${name} by the first` }),
  });
  await handler.ready();
  return () => handler.close();
}
