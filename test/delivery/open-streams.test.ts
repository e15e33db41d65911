/** What an open stream holds in a server. `pnpm bench:streams` has the figures; this keeps them from growing unnoticed. */
import { createTRPCClient } from '@trpc/client';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { expect, test } from 'vitest';
import { forkFixture } from '../support/forked-process.ts';
import { measureMemory } from '../support/memory-report.ts';
import type { WaitingRouter } from './fixtures/waiting-server.ts';

const streams = 2000;
/** Opened before anything is measured, so that nothing is counted that a process needs once. */
const warmUp = 500;

test('a stream that waits holds less than 6 KB in its server, with its generator and its signal', async ({
  annotate,
}) => {
  await using broker = await createDevBroker();
  const service = 'news';
  using server = forkFixture(new URL('./fixtures/waiting-server.ts', import.meta.url), [
    service,
    ...broker.brokers,
  ]);
  await server.heard('ready');
  const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING });
  const kafkaClient = createKafkaClient({ kafka, service, app: 'reader', timeoutMs: 60_000 });
  const client = createTRPCClient<WaitingRouter>({
    links: [kafkaLink<WaitingRouter>({ client: kafkaClient })],
  });
  const open = (): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const subscription = client.news.subscribe(
        { from: 'FRA', to: 'JFK' },
        { onStarted: () => resolve(() => subscription.unsubscribe()), onError: reject },
      );
    });
  const openAll = (count: number) => Promise.all(Array.from({ length: count }, open));

  const closeAll = await openAll(warmUp);
  const before = await measureMemory(server);
  closeAll.push(...(await openAll(streams)));
  const after = await measureMemory(server);
  const bytes = (after.bytes - before.bytes) / streams;
  await annotate(`${Math.round(bytes)} bytes a stream`);
  expect([before.done, after.done]).toEqual([warmUp, warmUp + streams]);
  expect(bytes).toBeLessThan(6 * 1024);
  // A subscription that is not closed keeps its client open.
  for (const close of closeAll) close();
  await kafkaClient.close();
});
