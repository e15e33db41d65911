/** Item 37 of the contract: a client that is connected only while it is used. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { KafkaClient } from '@trpc-kafka/link';
import { expect } from 'vitest';
import { errorOf, transportErrorOf } from '../support/call-error.ts';
import { type Collector, createCollector } from '../support/collector.ts';
import { createCaseTest } from './support/case-test.ts';
import { countSockets } from './support/counted-sockets.ts';
import { operation, runLink, statesOf } from './support/link-probe.ts';
import { nowhere } from './support/nowhere.ts';

const test = await createCaseTest();
const callOnce = fileURLToPath(new URL('fixtures/call-once.ts', import.meta.url));

/** The events of a client that its connection is about. */
function followConnection(client: KafkaClient): Collector<string> {
  const events = createCollector<string>();
  client.on(({ type }) => void (['open', 'lost', 'idle', 'close'].includes(type) && events.add(type)));
  return events;
}

test('[37] lazy: connects when it is used, disconnects when it is not, and so again; an idle client has no socket', async ({
  brokers,
  serve,
  connect,
}) => {
  const sockets = countSockets(brokers);
  const told: string[] = [];
  let asked = 0;
  const { client, kafkaClient } = connect({
    kafka: sockets.kafka,
    lazy: { enabled: true, closeMs: 0 },
    connectionParams: () => ({ token: `token ${++asked}` }),
    onOpen: () => told.push('open'),
    onClose: (cause) => told.push(`close ${cause}`),
  });
  const events = followConnection(kafkaClient);
  await serve();
  expect([asked, sockets.open.items]).toEqual([0, []]);
  for (const round of [1, 2]) {
    const { connectionParams } = await client.calls.whereAmI.query();
    expect(connectionParams).toEqual({ token: `token ${round}` });
    expect(sockets.now()).toBeGreaterThan(0);
    await events.count(2 * round);
    await sockets.none();
  }
  expect(events.items).toEqual(['open', 'idle', 'open', 'idle']);
  expect(told).toEqual(['open', 'close undefined', 'open', 'close undefined']);
});

test('[37] lazy: subscribers are told idle, connecting, pending, and what was cancelled last still reaches the server', async ({
  serve,
  connect,
  log,
}) => {
  await serve();
  const { kafkaClient } = connect({ lazy: { enabled: true } });
  const events = followConnection(kafkaClient);
  const probe = runLink(kafkaClient, operation({ type: 'subscription', path: 'streams.idle' })).subscribe();
  await probe.told.until((told) => JSON.stringify(told).includes('first'), 'the item');
  expect(statesOf(probe.told.items).map(({ state }) => state)).toEqual(['idle', 'connecting', 'pending']);
  probe.subscription.unsubscribe();
  await log.until('finally');
  await events.count(2);
  expect(events.items).toEqual(['open', 'idle']);
});

test('[37] lazy: stays connected while a stream is open or a call under way, however often others come and go', async ({
  serve,
  connect,
  log,
}) => {
  await serve();
  const { client, emitter, kafkaClient } = connect({ lazy: { enabled: true, closeMs: 0 } });
  const events = followConnection(kafkaClient);
  const stream = client.streams.idle.subscribe(undefined, { onData: () => log.note('item') });
  await log.until('item');
  for (const n of [1, 2, 3]) expect(await client.calls.echo.query(n)).toBe(n);
  await emitter.calls.noted('one way');
  await kafkaClient.ready();
  const waiting = client.calls.waitFor.query('go on');
  await log.until('begun go on');
  stream.unsubscribe();
  await log.until('finally');
  expect(events.items).toEqual(['open']);
  log.note('go on');
  expect(await waiting).toBe('go on');
  expect(await events.count(2)).toEqual(['open', 'idle']);
});

test('[37] lazy: a one-way call and ready() connect, too, and let go', async ({
  brokers,
  serve,
  connect,
  log,
}) => {
  await serve();
  const sockets = countSockets(brokers);
  const { emitter, kafkaClient } = connect({ kafka: sockets.kafka, lazy: { enabled: true, closeMs: 0 } });
  const events = followConnection(kafkaClient);
  await emitter.calls.noted('one way');
  expect(await events.count(2)).toEqual(['open', 'idle']);
  await log.until('one way');
  await kafkaClient.ready();
  expect(await events.count(4)).toEqual(['open', 'idle', 'open', 'idle']);
  await sockets.none();
});

test('[37] lazy: clients and handlers that share its kafka keep their connection', async ({
  serve,
  connect,
  createKafka,
}) => {
  await serve();
  const kafka = createKafka();
  const steady = connect({ kafka });
  const lazy = connect({ kafka, lazy: { enabled: true, closeMs: 0 } });
  const events = followConnection(lazy.kafkaClient);
  for (const n of [1, 2, 3]) {
    expect(await lazy.client.calls.echo.query(n)).toBe(n);
    await events.count(2 * n);
    expect(await steady.client.calls.echo.query(n)).toBe(n);
  }
});

test('[37] lazy: gives up connecting when nobody waits for it any more', async ({ connect }) => {
  const { client, kafkaClient } = connect({
    kafka: nowhere(),
    timeoutMs: 300,
    lazy: { enabled: true, closeMs: 0 },
  });
  const events = followConnection(kafkaClient);
  for (const round of [1, 2]) {
    const error = await transportErrorOf(client.calls.echo.query(round));
    expect(error).toMatchObject({ code: 'BROKERS_UNREACHABLE', retryable: true });
    await events.count(round);
  }
  expect(events.items).toEqual(['idle', 'idle']);
});

test('[37] lazy: close() while it waits to disconnect disconnects at once', async ({
  brokers,
  serve,
  connect,
}) => {
  await serve();
  const sockets = countSockets(brokers);
  const told: string[] = [];
  const { client, kafkaClient } = connect({
    kafka: sockets.kafka,
    lazy: { enabled: true, closeMs: 1_000_000 },
    onClose: () => told.push('close'),
  });
  const events = followConnection(kafkaClient);
  await client.calls.echo.query(1);
  await kafkaClient.close();
  await sockets.none();
  expect([events.items, told]).toEqual([['open', 'close'], ['close']]);
  await expect(kafkaClient.ready()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  expect((await transportErrorOf(client.calls.echo.query(2))).code).toBe('CLIENT_CLOSED');
  await kafkaClient.close();
  expect(sockets.now()).toBe(0);
});

test('[37] lazy: close() of an idle client, and of one that was never used', async ({ serve, connect }) => {
  await serve();
  const used = connect({ lazy: { enabled: true, closeMs: 0 } });
  const events = followConnection(used.kafkaClient);
  await used.client.calls.echo.query(1);
  await events.count(2);
  await used.kafkaClient.close();
  expect(events.items).toEqual(['open', 'idle', 'close']);
  await connect({ lazy: { enabled: true } }).kafkaClient.close();
});

test('[37] lazy: a process that has made its calls ends, although nobody closed its client', async ({
  brokers,
  service,
  serve,
  defer,
}) => {
  await serve();
  const child = spawn(process.execPath, ['--import', 'tsx', callOnce, service.name, ...brokers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  defer(() => child.kill('SIGKILL'));
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect([printed, code]).toEqual(['hello\n', 0]);
});

test('[37] lazy: what cannot be is told at creation', async ({ connect }) => {
  for (const closeMs of [-1, Number.NaN, 2 ** 31]) {
    expect(
      await errorOf(Promise.resolve().then(() => connect({ lazy: { enabled: true, closeMs } }))),
    ).toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('lazy.closeMs'),
    });
  }
  const noKafka = () => connect({ kafka: {} as never, lazy: { enabled: true } });
  expect(noKafka).toThrow('INVALID_OPTION');
});
