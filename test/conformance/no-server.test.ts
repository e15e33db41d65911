/** Brokers that are away are no servers that are away: calls that are to fail without a server say which it is. */
import type { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { kafkaContext } from '@trpc-kafka/link';
import { expect, test } from 'vitest';
import { createCollector } from '../support/collector.ts';
import { createCaseContext } from './case-context.ts';

const failsOn = async (call: Promise<unknown>): Promise<{ code: string; message: string }> => {
  const { cause } = (await call.catch((error: unknown) => error)) as TRPCClientError<never>;
  if (!isKafkaTransportError(cause)) throw new Error(`failed otherwise: ${String(cause)}`);
  return cause;
};

test('a client that was never connected says why', async () => {
  const broker = await createDevBroker();
  await broker.close();
  await using context = createCaseContext(broker.brokers);
  const { client } = context.connect({ noServer: 'fail', timeoutMs: 1000 });
  const { message } = await failsOn(client.calls.echo.query(1));
  expect(message).toContain('it was never sent. The client could not connect');
}, 30_000);

test('a client that lost its brokers blames those, and finds the server when they are back', async () => {
  const broker = await createDevBroker();
  await using context = createCaseContext(broker.brokers);
  const { client, kafkaClient } = context.connect({ noServer: 'fail' });
  await kafkaClient.ready();
  expect((await failsOn(client.calls.echo.query(1))).code).toBe('NO_SERVER');
  const events = createCollector<string>();
  kafkaClient.on(({ type }) => events.add(type));
  await broker.close();
  await events.until((all) => all.includes('lost'), 'the loss');
  const waits = kafkaContext({ timeoutMs: 2000 });
  const { code, message } = await failsOn(client.calls.echo.query(1, { context: waits }));
  expect(code).toBe('TIMEOUT');
  expect(message).toMatch(/waiting to be written.*the brokers, they do not take records/);
  const meanwhile = client.calls.echo.query('meanwhile');
  await using _same = await createDevBroker({ port: Number(broker.brokers[0]!.split(':')[1]) });
  await context.serve();
  // Asked before a server was there, or after: which of both is a matter of who is first.
  const outcome = await meanwhile.catch((error: TRPCClientError<never>) => error.cause);
  if (outcome !== 'meanwhile') expect(outcome).toMatchObject({ code: 'NO_SERVER' });
  expect(await client.calls.echo.query('after')).toBe('after');
}, 60_000);
