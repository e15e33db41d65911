/** Brokers that come back with nothing, as on a development machine: client and server make anew what they need, and go on. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import type { KafkaClientEvent } from '@trpc-kafka/link';
import { expect, test } from 'vitest';
import { createCollector } from '../driver/collector.ts';
import { createCaseContext } from './case-context.ts';

test('a client and a server go on when their brokers were started anew, without any topic', async () => {
  const first = await createDevBroker();
  await using context = createCaseContext(first.brokers);
  const { client, kafkaClient } = await context.start({
    // Attempts to connect follow each other at once, so that one meets the empty brokers.
    connect: { retryDelayMs: () => 0, timeoutMs: 60_000 },
  });
  const events = createCollector<KafkaClientEvent>();
  kafkaClient.on((event) => events.add(event));
  expect(await client.calls.echo.query('before')).toBe('before');
  const port = Number(first.brokers[0]!.split(':')[1]);
  await first.close();
  await events.until((all) => all.some(({ type }) => type === 'lost'), 'the loss');
  await using _empty = await createDevBroker({ port });
  await events.until((all) => all.some(({ type }) => type === 'open'), 'the return');
  expect(await client.calls.echo.query('after')).toBe('after');
}, 30_000);
