/** Items 14 to 18 of the contract: what travels with a call, and what of it cannot. */
import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { initTRPC, type TRPCDataTransformer } from '@trpc/server';
import { defineKafkaService } from '@trpc-kafka/core';
import { kafkaLink } from '@trpc-kafka/link';
import superjson from 'superjson';
import { expect } from 'vitest';
import { z } from 'zod';
import { connectRouter, serveRouter } from '../conformance/own-router.ts';
import type { TestRouter } from '../conformance/test-router.ts';
import { errorOf, transportErrorOf } from '../support/call-error.ts';
import { createCaseTest } from './support/case-test.ts';
import { operation, runLink } from './support/link-probe.ts';

const test = await createCaseTest();

const plain = initTRPC.create();
const plainRouter = plain.router({
  echo: plain.procedure.input(z.unknown()).query(({ input }) => input),
});
type PlainRouter = typeof plainRouter;

test('[14] an input that cannot be serialized fails alone', async (context) => {
  await serveRouter<PlainRouter>(context, { router: plainRouter });
  const { client } = connectRouter<PlainRouter>(context);
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const [good, ...bad] = await Promise.allSettled([
    client.echo.query('good'),
    client.echo.query(cycle),
    client.echo.query(1n),
  ]);
  expect(good).toMatchObject({ value: 'good' });
  for (const one of bad) {
    const { reason } = one as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(TRPCClientError);
    expect(reason.cause).toBeInstanceOf(TypeError);
  }
});

test('[14] a transformer that throws fails its call alone', async ({ start }) => {
  const { kafkaClient } = await start();
  const picky = {
    deserialize: superjson.deserialize.bind(superjson),
    serialize(value: unknown) {
      if (value === 'bad') throw new RangeError('not this one');
      return superjson.serialize(value);
    },
  };
  const client = createTRPCClient<TestRouter>({
    links: [kafkaLink({ client: kafkaClient, transformer: picky })],
  });
  const [bad, good] = await Promise.allSettled([
    client.calls.echo.query('bad'),
    client.calls.echo.query('good'),
  ]);
  expect(good).toMatchObject({ value: 'good' });
  const { reason } = bad as PromiseRejectedResult;
  expect(reason).toBeInstanceOf(TRPCClientError);
  expect(reason.cause).toEqual(new RangeError('not this one'));
});

test('[15] a record that the brokers find too large is a TRPCClientError with the cause', async (context) => {
  const { name, topics } = context.service;
  const strict = { ...topics.requests, config: { 'max.message.bytes': '1000' } };
  const service = defineKafkaService({ name, topics: { ...topics, requests: strict } });
  await serveRouter<PlainRouter>(context, { router: plainRouter, service });
  const { client } = connectRouter<PlainRouter>(context, { service });
  const error = (await errorOf(client.echo.query('x'.repeat(2000)))) as TRPCClientError<PlainRouter>;
  expect(error).toBeInstanceOf(TRPCClientError);
  expect(error.cause).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  expect(await client.echo.query('after')).toBe('after');
});

test.onEmbedded(
  '[15] what the brokers forbid is a TRPCClientError with the cause',
  async ({ start, service }, broker) => {
    const { client } = await start();
    const fault = broker.faults.fail(
      { api: 'Produce', topic: service.topics.requests.topic },
      'TOPIC_AUTHORIZATION_FAILED',
    );
    const error = (await errorOf(client.calls.echo.query(1))) as TRPCClientError<TestRouter>;
    fault.remove();
    expect(error).toBeInstanceOf(TRPCClientError);
    expect(error.cause).toBeInstanceOf(Error);
    expect(await client.calls.echo.query('after')).toBe('after');
  },
);

test('[15] a message too large, and a call that nobody answers, fail with what was the matter', async ({
  connect,
}) => {
  const { client, kafkaClient } = connect({ maxMessageBytes: 1000, timeoutMs: 300 });
  await kafkaClient.ready();
  const tooLarge = transportErrorOf(client.calls.echo.query('x'.repeat(1000)));
  const unanswered = transportErrorOf(client.calls.echo.query(1));
  expect([(await tooLarge).code, (await unanswered).code]).toEqual(['PAYLOAD_TOO_LARGE', 'TIMEOUT']);
});

test('[16] an input that is no JSON is refused before anything is sent, unless the transformer makes text of it', async (context) => {
  await serveRouter<PlainRouter>(context, { router: plainRouter });
  const { client, kafkaClient } = connectRouter<PlainRouter>(context);
  const inputs = [new FormData(), new Blob(['b']), new Uint8Array([1]), new ReadableStream()];
  for (const input of inputs) {
    expect((await transportErrorOf(client.echo.query(input))).code).toBe('UNSUPPORTED_MEDIA_TYPE');
  }
  expect(kafkaClient.counters().calls).toBe(0);
});

test('[16] an input that the transformer makes text of is carried', async ({ start }) => {
  const { client } = await start();
  expect(await client.calls.echo.query(new Uint8Array([1, 2]))).toEqual(new Uint8Array([1, 2]));
});

test('[16] an input that the transformer makes an empty object of is refused, alone and one-way', async ({
  start,
}) => {
  const { client, emitter, kafkaClient } = await start();
  const inputs = [new FormData(), new Blob(['b']), new ReadableStream()];
  for (const input of inputs) {
    const error = await transportErrorOf(client.calls.echo.query(input));
    expect(error).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining(`the input of calls.echo is a ${input.constructor.name}`),
    });
    await expect(emitter.calls.change(input)).rejects.toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
  }
  expect(kafkaClient.counters()).toMatchObject({ calls: 0, oneWayCalls: 0 });
  // What really is empty is not refused.
  expect(await client.calls.echo.query({})).toEqual({});
});

test('[16] an input that the transformer knows how to take apart is carried', async (context) => {
  const transformer: TRPCDataTransformer = {
    serialize: (value) => (value instanceof FormData ? { form: [...value.entries()] } : value),
    deserialize: (value) => value,
  };
  const t = initTRPC.create({ transformer });
  const router = t.router({ echo: t.procedure.input((input) => input).query(({ input }) => input) });
  await serveRouter<typeof router>(context, { router });
  const { client } = connectRouter<typeof router>(context, { transformer });
  const form = new FormData();
  form.set('a', 'b');
  expect(await client.echo.query(form)).toEqual({ form: [['a', 'b']] });
});

test('[17] undefined and null survive, with a transformer and without', async (context) => {
  const { client } = await context.start();
  for (const value of [undefined, null]) expect(await client.calls.echo.query(value)).toBe(value);
});

test('[17] undefined and null survive as plain JSON', async (context) => {
  await serveRouter<PlainRouter>(context, { router: plainRouter });
  const { client } = connectRouter<PlainRouter>(context);
  for (const value of [undefined, null]) expect(await client.echo.query(value)).toBe(value);
});

test('[18] option callbacks are given the context of the operation, outer links that of the reply', async ({
  start,
  service,
}) => {
  const { client, kafkaClient } = await start({
    connect: { headers: ({ op }) => ({ tenant: String(op.context['tenant']) }) },
  });
  const { req } = await client.calls.whereAmI.query(undefined, { context: { tenant: 'acme' } });
  expect(req.headers).toEqual({ tenant: 'acme' });
  const [first] = await runLink(kafkaClient, operation({ path: 'calls.echo' }))
    .subscribe()
    .ended();
  const kafka = {
    topic: service.topics.replies.topic,
    partition: expect.any(Number),
    offset: expect.any(Number),
  };
  expect(first).toMatchObject({ next: { context: { kafka } } });
  const started = await new Promise<unknown>((resolve) => {
    client.streams.count.subscribe(1, { onStarted: ({ context }) => resolve(context) });
  });
  expect(started).toMatchObject({ kafka });
});
