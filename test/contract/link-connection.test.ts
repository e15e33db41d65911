/** Items 32 to 37 of the contract, as far as they hold: what a client says of its connection, and how it ends. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createKafkajsDriver } from '@trpc-kafka/core';
import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { transportErrorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { createCaseTest } from './support/case-test.ts';
import { operation, runLink, statesOf } from './support/link-probe.ts';
import { nowhere } from './support/nowhere.ts';
import { collectUncaught } from './support/uncaught.ts';

const test = await createCaseTest();

test('[32] subscribers are told the state at once, with the context of their operation; calls are not', async ({
  start,
}) => {
  const { kafkaClient } = await start();
  const op = operation({ type: 'subscription', path: 'streams.count', input: 1, context: { mine: true } });
  const [first] = await runLink(kafkaClient, op).subscribe().ended();
  expect(first).toEqual({
    next: { result: { type: 'state', state: 'pending', error: null }, context: op.context },
  });
  const call = await runLink(kafkaClient, operation({ path: 'calls.echo' }))
    .subscribe()
    .ended();
  expect(statesOf(call)).toEqual([]);
});

test('[33] idle once it is closed', async ({ start }) => {
  const { kafkaClient } = await start();
  await kafkaClient.close();
  const probe = runLink(kafkaClient, operation({ type: 'subscription', path: 'streams.idle' })).subscribe();
  expect(statesOf(await probe.ended())).toEqual([{ type: 'state', state: 'idle', error: null }]);
});

test('[34] connecting is tried again after retryDelayMs, counted from 0, until close()', async (context) => {
  const attempts = createCollector<number>();
  const errors: Error[] = [];
  const { client, kafkaClient } = context.connect({
    connectionParams() {
      throw new Error('no token');
    },
    retryDelayMs(attempt) {
      attempts.add(attempt);
      return attempt < 2 ? 0 : 1_000_000;
    },
    onError: (error) => void errors.push(error),
  });
  const waiting = transportErrorOf(client.calls.echo.query(1));
  expect(await attempts.count(3)).toEqual([0, 1, 2]);
  expect(errors).toEqual(Array.from({ length: 3 }, () => new Error('no token')));
  await kafkaClient.close();
  expect((await waiting).code).toBe('CLIENT_CLOSED');
});

test('[34] without retryDelayMs the second attempt is made at once, the third after two seconds', async ({
  connect,
}) => {
  const { kafkaClient } = connect({
    connectionParams() {
      throw new Error('no token');
    },
  });
  const delays = createCollector<number>();
  kafkaClient.on((event) => void (event.type === 'connect-failed' && delays.add(event.retryInMs)));
  expect(await delays.count(2)).toEqual([0, 2000]);
});

test('[35] connectionParams are asked for at each attempt to connect, and nothing but texts is carried', async ({
  serve,
  connect,
}) => {
  await serve();
  let asked = 0;
  const { client } = connect({
    retryDelayMs: () => 0,
    async connectionParams() {
      await Promise.resolve();
      if (++asked < 3) throw new Error('no token yet');
      return { token: `token ${asked}` };
    },
  });
  const { connectionParams } = await client.calls.whereAmI.query();
  expect(connectionParams).toEqual({ token: 'token 3' });
  const wrong = connect({ connectionParams: { n: 1 as never } });
  await expect(wrong.client.calls.whereAmI.query()).rejects.toMatchObject({ data: { code: 'PARSE_ERROR' } });
});

test('[36] close() ends subscriptions and awaits what is in flight', async ({ start, log }) => {
  const { client, kafkaClient } = await start({
    serve: {
      async createContext({ info }) {
        if (info.type !== 'query') return;
        log.note('arrived');
        await log.until('go on');
      },
    },
  });
  const told: string[] = [];
  client.streams.idle.subscribe(undefined, {
    onData: () => log.note('item'),
    onStopped: () => told.push('stopped'),
    onComplete: () => told.push('complete'),
  });
  await log.until('item');
  const inFlight = client.calls.echo.query('in flight').then((answer) => told.push(answer as string));
  await log.until('arrived');
  const closed = kafkaClient.close().then(() => told.push('closed'));
  log.note('go on');
  await Promise.all([inFlight, closed]);
  expect(told).toEqual(['complete', 'in flight', 'closed']);
});

test('[36] close() while it connects fails at once what was not sent, also where brokers accept connections and say nothing', async ({
  connect,
  defer,
}) => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  server.listen(0, '127.0.0.1');
  defer(() => server.close());
  const accepted = once(server, 'connection');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
  // No deadline ends these.
  const { client, emitter, kafkaClient } = connect({ kafka, timeoutMs: 1_000_000 });
  const told: string[] = [];
  client.streams.idle.subscribe(undefined, {
    onConnectionStateChange: ({ state }) => told.push(state),
    onComplete: () => told.push('complete'),
  });
  const unsent = [client.calls.echo.query(1), emitter.calls.noted('one way'), kafkaClient.ready()];
  const outcomes = Promise.all(unsent.map((one) => transportErrorOf(one)));
  await accepted;
  await kafkaClient.close();
  expect(told).toEqual(['connecting', 'complete']);
  for (const error of await outcomes) {
    expect(error).toMatchObject({ code: 'CLIENT_CLOSED', retryable: false });
  }
});

test('[36] close() twice is one end, told once', async ({ serve, connect }) => {
  await serve();
  const told: string[] = [];
  const { kafkaClient } = connect({
    onOpen: () => told.push('open'),
    onClose: (cause) => told.push(`close ${cause}`),
  });
  kafkaClient.on(({ type }) => type === 'close' && told.push('the last event'));
  await kafkaClient.ready();
  await Promise.all([kafkaClient.close(), kafkaClient.close()]);
  await kafkaClient.close();
  expect(told).toEqual(['open', 'close undefined', 'the last event']);
});

test('[37] without lazy it connects at its creation', async ({ serve, connect }) => {
  await serve();
  const opened = createCollector<string>();
  connect({ onOpen: () => opened.add('open') });
  expect(await opened.count(1)).toEqual(['open']);
});

test('[37] brokers that are away at creation are told to onError, and are no unhandled rejection', async ({
  connect,
  defer,
}) => {
  const uncaught = await collectUncaught(async () => {
    const driver = createKafkajsDriver(nowhere(), { connectTimeoutMs: 1 });
    defer(() => driver.close());
    const errors = createCollector<Error>();
    const { kafkaClient } = connect({
      kafka: driver,
      retryDelayMs: () => 0,
      onError: (error) => errors.add(error),
    });
    const [error] = await errors.count(2);
    expect(error).toMatchObject({
      code: 'BROKERS_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    await kafkaClient.close();
  });
  expect(uncaught).toEqual([]);
});

test('[37] a link can be made, and is called, while there is no broker', async (context) => {
  const { client } = context.connect({ kafka: nowhere(), timeoutMs: 300 });
  const error = await transportErrorOf(client.calls.echo.query(1));
  expect(error.message).toContain('it was never sent');
});
