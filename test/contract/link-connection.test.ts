/** Items 32 to 37 of the contract, as far as they hold: what a client says of its connection, and how it ends. */
import { Kafka, logLevel } from 'kafkajs';
import { expect } from 'vitest';
import { createCollector } from '../driver/collector.ts';
import { transportErrorOf } from '../hostile-input/support/outcome.ts';
import { createCaseTest } from './support/case-test.ts';
import { operation, runLink, statesOf } from './support/link-probe.ts';

const test = await createCaseTest();

/** Brokers that nobody can reach. */
function nowhere(): Kafka {
  return new Kafka({
    brokers: ['127.0.0.1:1'],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 500,
    retry: { retries: 0 },
  });
}

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

test('[36] close() ends subscriptions, fails what was not sent, awaits what was', async ({
  start,
  connect,
  log,
}) => {
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

  const unconnected = connect();
  const unsent = transportErrorOf(unconnected.client.calls.echo.query(1));
  await unconnected.kafkaClient.close();
  expect((await unsent).code).toBe('CLIENT_CLOSED');
});

test('[37] a link can be made, and is called, while there is no broker', async (context) => {
  const { client } = context.connect({ kafka: nowhere(), timeoutMs: 300 });
  const error = await transportErrorOf(client.calls.echo.query(1));
  expect(error.message).toContain('it was never sent');
});
