/** Processes that are told to end: what runs is finished, what outlasts its time can be called again, a second signal is obeyed at once. */
import { once } from 'node:events';
import { createTRPCClient, retryLink, TRPCClientError } from '@trpc/client';
import { applyKafkaHandler } from '@trpc-kafka/adapter';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, expect, test } from 'vitest';
import { type ForkedProcess, forkFixture } from '../support/forked-process.ts';
import { createDrainingRouter, type DrainingRouter } from './fixtures/draining-router.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Server extends ForkedProcess {
  /** Its exit code, once it has ended. */
  readonly exit: Promise<number | null>;
}

async function startServer(settings: { delayMs?: number; graceMs?: number; waitsForProbe?: true }) {
  const broker = await createDevBroker();
  cleanUps.push(() => broker.close());
  const forked = forkFixture(new URL('./fixtures/draining-server.ts', import.meta.url), [
    JSON.stringify(settings),
    'drain',
    ...broker.brokers,
  ]);
  cleanUps.push(() => forked.process.kill('SIGKILL'));
  const exit = once(forked.process, 'exit').then(([code]) => code as number | null);
  const server: Server = { ...forked, exit };
  await server.heard('ready');
  const createKafka = (): Kafka => new Kafka({ brokers: [...broker.brokers], logLevel: logLevel.NOTHING });
  const kafkaClient = createKafkaClient({ kafka: createKafka(), service: 'drain', timeoutMs: 40_000 });
  cleanUps.push(() => kafkaClient.close({ graceMs: 0 }));
  const retry = retryLink<DrainingRouter>({
    retry: ({ error, attempts }) => attempts < 5 && error.data?.code === 'SERVICE_UNAVAILABLE',
  });
  const link = kafkaLink<DrainingRouter>({ client: kafkaClient });
  return {
    server,
    createKafka,
    client: createTRPCClient<DrainingRouter>({ links: [link] }),
    retrying: createTRPCClient<DrainingRouter>({ links: [retry, link] }),
  };
}

test('readiness goes first, calls are served while it is seen, what runs is finished, then the process ends', async () => {
  const { server, client } = await startServer({ waitsForProbe: true, delayMs: 1, graceMs: 60_000 });
  const early = client.hold.query('early');
  await server.heard('begun early');
  server.process.kill('SIGTERM');
  await server.heard('not ready: SIGTERM');
  const late = client.hold.query('late');
  await server.heard('begun late');
  for (const name of ['probe', 'early', 'late']) server.process.send(name);
  expect([await early, await late]).toEqual(['early by the child', 'late by the child']);
  await server.heard('closed what came after', 'closed');
  expect(await server.exit).toBe(0);
});

test('what outlasts its time is aborted, and answered with an error after which another instance takes the call', async () => {
  const { server, client, retrying, createKafka } = await startServer({ graceMs: 0 });
  const outcome = client.hold.query('given up').catch((error: unknown) => error);
  const again = retrying.hold.query('called again');
  await server.heard('begun given up', 'begun called again');
  const successor = applyKafkaHandler({
    kafka: createKafka(),
    service: 'drain',
    router: createDrainingRouter({ instance: 'another', begun() {}, released: async () => {} }),
  });
  cleanUps.push(() => successor.close({ graceMs: 0 }));
  await successor.ready();
  server.process.kill('SIGINT');
  const error = await outcome;
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(error).toMatchObject({ data: { code: 'SERVICE_UNAVAILABLE' } });
  expect(await again).toBe('called again by another');
  expect(await server.exit).toBe(0);
});

test('a second signal ends the process at once', async () => {
  const { server, client } = await startServer({ graceMs: 2_000_000 });
  void client.hold.query('never ended').catch(() => {});
  await server.heard('begun never ended');
  server.process.kill('SIGTERM');
  await server.heard('not ready: SIGTERM');
  server.process.kill('SIGTERM');
  expect(await server.exit).toBe(143);
  expect(server.hasSaid('closed')).toBe(false);
});
