/** Brokers that come back with nothing, as on a development machine: client and server make anew what they need, and go on. */
import type { KafkaHandlerEvent } from '@trpc-kafka/adapter';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import type { KafkaClientEvent } from '@trpc-kafka/link';
import { expect, test } from 'vitest';
import { createCollector } from '../support/collector.ts';
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

test('a server alone makes its topics anew, so that clients that demand them find them', async () => {
  const first = await createDevBroker();
  await using context = createCaseContext(first.brokers);
  const handler = await context.serve();
  const events = createCollector<KafkaHandlerEvent>();
  handler.on((event) => events.add(event));
  await first.close();
  await events.until(
    (all) => all.some((event) => event.type === 'driver' && event.event.type === 'inbox-interrupted'),
    'the loss',
  );
  await using empty = await createDevBroker({ port: Number(first.brokers[0]!.split(':')[1]) });
  const { requests, oneWay, control, deadLetter } = context.service.topics;
  const own = [requests, oneWay, control, deadLetter].map(({ topic }) => topic);
  const isMade = (): boolean => own.every((topic) => empty.leaderOf(topic, 0) !== undefined);
  await events.until(isMade, 'the topics to be made');
  const { client } = context.connect({ timeoutMs: 60_000 });
  expect(await client.calls.echo.query('after')).toBe('after');
}, 60_000);
