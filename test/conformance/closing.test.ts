/** Closing comes to its end, whatever the user's own functions do. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { expect, test } from 'vitest';
import { createCaseContext } from './case-context.ts';

test('a client closes although the interceptor of a one-way call never comes to its end', async () => {
  await using broker = await createDevBroker();
  await using context = createCaseContext(broker.brokers);
  const { emitter, kafkaClient } = context.connect({
    timeoutMs: 300,
    interceptors: [{ beforeSend: () => new Promise(() => {}) }],
  });
  await kafkaClient.ready();
  const call = emitter.calls.noted('never sent').catch((error: unknown) => error);
  await kafkaClient.close();
  expect(await call).toMatchObject({ code: 'CLIENT_CLOSED' });
});

test('a client that closes waits for the one-way calls it was given', async () => {
  await using broker = await createDevBroker();
  await using context = createCaseContext(broker.brokers);
  await context.serve();
  const { emitter, kafkaClient } = context.connect();
  await kafkaClient.ready();
  const call = emitter.calls.noted('given before the end');
  await kafkaClient.close();
  expect(await call).toMatchObject({ offset: 0 });
  await context.log.until('given before the end');
});

test('a client that closes gives its calls the time it is told, then fails them and has their resolvers aborted', async () => {
  await using broker = await createDevBroker();
  await using context = createCaseContext(broker.brokers);
  await context.serve();
  const { client, kafkaClient } = context.connect({ timeoutMs: 60_000 });
  const call = client.calls.hang.query('held').catch((error: unknown) => error);
  await context.log.until('begun held');
  await kafkaClient.close({ graceMs: 0 });
  expect(await call).toMatchObject({ cause: { code: 'CLIENT_CLOSED' } });
  await context.log.until('aborted held');
});

test('graceMs of a client must be a time', async () => {
  await using broker = await createDevBroker();
  await using context = createCaseContext(broker.brokers);
  const { kafkaClient } = context.connect();
  await expect(kafkaClient.close({ graceMs: -1 })).rejects.toThrow('INVALID_OPTION: graceMs is -1');
});
