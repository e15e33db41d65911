/** Items 19 to 23 of the contract: how calls fail. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import type { TestRouter } from '../conformance/test-router.ts';
import { errorOf } from '../support/call-error.ts';
import { createCaseTest } from './support/case-test.ts';
import { startRawServer } from './support/raw-server.ts';

const test = await createCaseTest();

async function clientErrorOf(call: Promise<unknown>): Promise<TRPCClientError<TestRouter>> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as TRPCClientError<TestRouter>;
}

test('[19] an error has the message, the shape and the data that the errorFormatter made', async ({
  start,
}) => {
  const { client } = await start();
  const error = await clientErrorOf(client.calls.checked.query({ n: 'one' as never }));
  expect(error.data).toMatchObject({
    code: 'BAD_REQUEST',
    httpStatus: 400,
    path: 'calls.checked',
    issues: 1,
  });
  expect(error.shape).toEqual({ message: error.message, code: -32600, data: error.data });
});

test('[20] facts of the transport are in meta, and a TRPCClientError that comes by stays what it is', async ({
  start,
  connect,
  service,
}) => {
  const { client } = await start();
  const { meta } = await clientErrorOf(client.calls.fail.query('CONFLICT'));
  const place = { partition: expect.any(Number), offset: expect.any(Number) };
  expect(meta).toEqual({ kafka: { topic: service.topics.replies.topic, ...place } });
  const own = TRPCClientError.from(new Error('no token'), { meta: { mine: true } });
  const refusing = connect({ headers: () => Promise.reject(own) });
  expect(await errorOf(refusing.client.calls.echo.query(1))).toBe(own);
  expect(own.meta).toEqual({ mine: true });
});

test('[20] what the transport itself answers says where it was read, too', async (context) => {
  const { client, kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const ended = new Promise<unknown>((onError) => {
    client.streams.count.subscribe(1, { onError });
  });
  const errors = [errorOf(client.calls.echo.query(1)), errorOf(client.calls.change.mutate(2)), ended];
  for (const request of await server.requests.count(errors.length)) {
    const kafka =
      request.method === 'mutation' ? { kind: 'maybe-executed' } : { kind: 'expired', nowMs: Date.now() };
    await server.reply(request, { id: request.id, kafka });
  }
  const place = {
    topic: context.service.topics.replies.topic,
    partition: expect.any(Number),
    offset: expect.any(Number),
  };
  for (const [n, code] of ['TIMEOUT', 'MAYBE_EXECUTED', 'TIMEOUT'].entries()) {
    expect(await errors[n]).toMatchObject({ cause: { code }, meta: { kafka: place } });
  }
});

test('[21] a reply that is none of tRPC fails its call, and the next one is answered', async (context) => {
  const { client, kafkaClient } = context.connect();
  await kafkaClient.ready();
  const server = await startRawServer(context);
  const bad = [
    { error: 'a text' },
    { error: null },
    { error: { json: { message: 1, code: 'x' } } },
    { result: { data: null } },
    { result: 'a text' },
    { result: null },
    { result: { type: 'other' } },
    { result: { data: 1 }, error: { json: {} } },
  ];
  const outcomes = bad.map(() => clientErrorOf(client.calls.echo.query(1)));
  const requests = await server.requests.count(bad.length);
  for (const [n, request] of requests.entries()) await server.reply(request, { id: request.id, ...bad[n] });
  for (const error of await Promise.all(outcomes)) {
    expect(error.message).toContain('Unable to transform response from server');
    expect(error.shape).toBeUndefined();
  }
  const good = client.calls.echo.query('good');
  const request = (await server.requests.count(bad.length + 1)).at(-1)!;
  await server.reply(request, { id: request.id, result: { data: request.params.input } });
  expect(await good).toBe('good');
});

test('[22] what fails at the client is a TRPCClientError without shape and data', async ({ connect }) => {
  const { client, kafkaClient } = connect({ maxMessageBytes: 1000, maxPendingCalls: 2 });
  await kafkaClient.ready();
  const failures = [
    client.calls.echo.query('x'.repeat(1000)),
    client.calls.echo.query(1, { signal: AbortSignal.abort() }),
    client.calls.echo.query(1, { context: kafkaContext({ timeoutMs: 200 }) }),
    client.calls.echo.query(1, { context: kafkaContext({ timeoutMs: 200 }) }),
    client.calls.echo.query('one too many'),
  ];
  const errors = await Promise.all(failures.map(clientErrorOf));
  await kafkaClient.close();
  errors.push(await clientErrorOf(client.calls.echo.query(1)));
  const codes = errors.map(({ cause }) => (isKafkaTransportError(cause) ? cause.code : cause?.name));
  expect(codes).toEqual([
    'PAYLOAD_TOO_LARGE',
    'AbortError',
    'TIMEOUT',
    'TIMEOUT',
    'TOO_MANY_REQUESTS',
    'CLIENT_CLOSED',
  ]);
  for (const { shape, data } of errors) expect([shape, data]).toEqual([undefined, undefined]);
});

test.onEmbedded(
  '[23] connections that are cut lose no call in flight, and send no mutation again',
  async ({ start, log }, broker) => {
    const { client } = await start({
      serve: {
        async createContext() {
          log.note('arrived');
          await log.until('go on');
        },
      },
    });
    const call = client.calls.noted.mutate('done');
    await log.until('arrived');
    expect(broker.cluster.disconnect()).toBeGreaterThan(0);
    log.note('go on');
    await call;
    expect([log.count('arrived'), log.count('done')]).toEqual([1, 1]);
  },
);
