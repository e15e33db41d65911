/** Items 23 and 33 to 36 of the contract, where brokers go away and come back. */
import { createKafkajsDriver, isKafkaTransportError } from '@trpc-kafka/core';
import { kafkaContext } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { transportErrorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { operation, resultsOf, runLink, statesOf, type Told } from './support/link-probe.ts';
import { createOutageTest } from './support/outage-test.ts';

const test = createOutageTest();

/** The only item of the stream that idles. */
const isFirstItem = (one: Told): boolean => JSON.stringify(one).includes('first');

function transportCodeOf(error: Error | undefined): string {
  return isKafkaTransportError(error) ? error.code : String(error);
}

test('[23] a mutation whose brokers stay away fails at its deadline, and is not sent again when they return', async ({
  start,
  log,
}, outage) => {
  const { client } = await start({
    serve: {
      async createContext({ req }) {
        if (req.key !== 'lost') return;
        log.note('arrived');
        await log.until('go on');
      },
    },
  });
  const context = kafkaContext({ key: 'lost', timeoutMs: 1000 });
  const failed = transportErrorOf(client.calls.noted.mutate('lost', { context }));
  await log.until('arrived');
  await outage.begin();
  const error = await failed;
  expect([error.code, error.retryable]).toEqual(['TIMEOUT', false]);
  await outage.end();
  log.note('go on');
  expect(await client.calls.echo.query('after')).toBe('after');
  expect(log.count('arrived')).toBe(1);
});

test('[33] connecting and then pending; connecting with the cause while the brokers are away, also for who subscribes meanwhile; pending again', async ({
  serve,
  connect,
  log,
}, outage) => {
  await serve();
  // Whoever subscribes while the brokers are away waits for as long as he says.
  const timeoutMs = 60_000;
  const follow = (options: Parameters<typeof connect>[0]) =>
    runLink(
      connect({ timeoutMs, retryDelayMs: () => 100, ...options }).kafkaClient,
      operation({ type: 'subscription', path: 'streams.idle' }),
    ).subscribe();
  const early = follow({});
  const states = () => statesOf(early.told.items);
  await early.told.until((all) => all.some(isFirstItem), 'the item');
  expect(states()).toEqual([
    { type: 'state', state: 'connecting', error: null },
    { type: 'state', state: 'pending', error: null },
  ]);
  await outage.begin();
  await early.told.until(() => states().length > 2, 'the loss to be told');
  const late = [follow({}), follow({ lazy: { enabled: true, closeMs: 0 } })];
  for (const { told } of late) {
    await told.until((all) => statesOf(all).some(({ error }) => error), 'the cause to be told');
  }
  await outage.end();
  await early.told.until(() => states().at(-1)?.state === 'pending', 'the return to be told');
  // Once for the loss, and once for each attempt that failed meanwhile.
  const lost = states().slice(2, -1);
  expect(lost.length).toBeGreaterThan(0);
  for (const state of lost) {
    expect(state).toMatchObject({ state: 'connecting', error: { name: 'TRPCClientError' } });
    expect(state.error!.cause).toMatchObject({ code: 'BROKERS_UNREACHABLE' });
  }
  expect(states().at(-1)).toEqual({ type: 'state', state: 'pending', error: null });
  // The stream goes on, and is told as started as if it had begun anew: hooks wait for that.
  expect(resultsOf(early.told.items).at(-1)).toEqual({ type: 'started' });
  expect(log.count('finally')).toBe(0);
  for (const { told } of late) {
    const results = resultsOf(await told.until((all) => all.some(isFirstItem), 'the item'));
    expect(results.slice(-3)).toMatchObject([{ state: 'pending' }, { type: 'started' }, { data: 'first' }]);
  }
  for (const { subscription } of [early, ...late]) subscription.unsubscribe();
  await log.until('finally', 3);
});

test('[34] after a loss connecting is tried again after retryDelayMs, counted from 0, and from 0 again when brokers answer', async ({
  serve,
  connect,
  createKafka,
  defer,
}, outage) => {
  await serve();
  // Attempts that fail soon, so that there is more than one.
  const driver = createKafkajsDriver(createKafka(), { connectTimeoutMs: 100 });
  const attempts = createCollector<number>();
  const told = createCollector<string>();
  const { client, kafkaClient } = connect({
    kafka: driver,
    timeoutMs: 60_000,
    retryDelayMs(attempt) {
      attempts.add(attempt);
      return attempt < 2 ? 0 : 1_000_000;
    },
    onOpen: () => told.add('open'),
    onClose: (cause) => told.add(`close: ${transportCodeOf(cause)}`),
  });
  defer(() => driver.close());
  await kafkaClient.ready();
  await outage.begin();
  expect(await attempts.count(3)).toEqual([0, 1, 2]);
  // What is called meanwhile waits for its brokers, not for the back-off.
  const answer = client.calls.echo.query('called while away');
  await outage.end();
  expect(await answer).toBe('called while away');
  expect(await told.count(3)).toEqual(['open', 'close: BROKERS_UNREACHABLE', 'open']);
  expect(attempts.items).toEqual([0, 1, 2, 0]);
});

test('[36] close() while the brokers are away ends subscriptions at once, and the rest by its deadlines', async ({
  start,
  log,
}, outage) => {
  const { client, emitter, kafkaClient } = await start({ connect: { timeoutMs: 1500 } });
  const told: string[] = [];
  client.streams.idle.subscribe(undefined, {
    onData: () => log.note('item'),
    onComplete: () => told.push('complete'),
  });
  await log.until('item');
  const inFlight = client.calls.waitFor.query('never');
  await log.until('begun never');
  await outage.begin();
  const late = client.calls.echo.query('called while away');
  const calls = [inFlight, late, emitter.calls.noted('sent while away')];
  const errors = Promise.all(calls.map((call) => transportErrorOf(call)));
  // So that they are on their way.
  await new Promise((resolve) => setImmediate(resolve));
  const closed = kafkaClient.close();
  expect(told).toEqual(['complete']);
  expect((await errors).map(({ code }) => code)).toEqual(['TIMEOUT', 'TIMEOUT', 'CLIENT_CLOSED']);
  await closed;
  await outage.end();
  log.note('never');
});

test('[35] connectionParams are asked for again, and onOpen is called again, when lost brokers are back', async ({
  serve,
  connect,
}, outage) => {
  await serve();
  let asked = 0;
  const opened = createCollector<number>();
  const { client } = connect({
    retryDelayMs: () => 0,
    connectionParams() {
      // The second connection needs two attempts.
      if (++asked === 2) throw new Error('no token yet');
      return { token: `token ${asked}` };
    },
    onOpen: () => opened.add(asked),
  });
  expect((await client.calls.whereAmI.query()).connectionParams).toEqual({ token: 'token 1' });
  await outage.begin();
  await outage.end();
  expect(await opened.count(2)).toEqual([1, 3]);
  expect((await client.calls.whereAmI.query()).connectionParams).toEqual({ token: 'token 3' });
});
