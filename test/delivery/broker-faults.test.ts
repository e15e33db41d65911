/** What becomes of calls, groups and inboxes when brokers go and come: no process has to be started anew. */
import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaHandlerEvent } from '@trpc-kafka/adapter';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { type KafkaClientEvent, kafkaContext } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { startKafkaCluster } from '../../scripts/kafka/index.ts';
import { createCaseContext } from '../conformance/case-context.ts';
import { transportErrorOf } from '../support/call-error.ts';
import { createCollector } from '../support/collector.ts';
import { isFullMatrix } from '../support/full-matrix.ts';
import { whyNoOwnCluster } from '../support/real-kafka/real-kafka.ts';
import { untilDone } from './support/telling-call.ts';

/** Brokers of three nodes, one after the other or all of which can be taken away. */
interface ThreeNodes extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly nodes: readonly { stop(): Promise<void>; start(): Promise<void> }[];
  /** Resolves when the nodes are one whole cluster: whoever restarts brokers waits for that before the next. */
  readonly ready: () => Promise<void>;
}

interface Target {
  readonly name: string;
  readonly skip: boolean;
  /** How long all brokers are away: longer than any session. */
  readonly outageMs: number;
  readonly start: () => Promise<ThreeNodes>;
}

async function startEmbedded(): Promise<ThreeNodes> {
  const broker = await createDevBroker({ nodes: 3, 'default.replication.factor': 3 });
  const { cluster } = broker;
  return {
    brokers: broker.brokers,
    nodes: broker.nodeIds.map((id) => ({
      stop: () => cluster.stopNode(id, { electionMs: 500 }),
      start: () => cluster.startNode(id),
    })),
    ready: async () => {},
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

async function startReal(): Promise<ThreeNodes> {
  const cluster = await startKafkaCluster({ nodes: 3 });
  return {
    brokers: cluster.brokers,
    nodes: cluster.nodes.map((node) => ({ stop: () => node.kill(), start: () => node.restart() })),
    ready: () => cluster.waitUntilReady(),
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

const targets: Target[] = [{ name: 'dev-broker', skip: false, outageMs: 8000, start: startEmbedded }];
if (isFullMatrix) {
  const skip = (await whyNoOwnCluster()) !== undefined;
  targets.push({ name: 'real Kafka', skip, outageMs: 30_000, start: startReal });
}

/** The types of what a driver told. */
function typesOf(events: readonly (KafkaHandlerEvent | KafkaClientEvent)[]): readonly string[] {
  return events.map((event) => (event.type === 'driver' ? event.event.type : event.type));
}

const until = (events: ReturnType<typeof createCollector<KafkaHandlerEvent>>, type: string, times = 1) =>
  events.until((all) => typesOf(all).filter((one) => one === type).length >= times, type);

// Of real brokers, which are heavy, one cluster at a time.
describe.each(targets)('on $name', ({ name, skip, outageMs, start }) => {
  const it = name === 'dev-broker' ? test.concurrent : test.skipIf(skip);
  it('all brokers away for longer than a session: whatever was called before or meanwhile is done, once', async () => {
    await using cluster = await start();
    await using context = createCaseContext(cluster.brokers);
    const { log } = context;
    const { client, emitter, kafkaClient, handler } = await context.start({
      connect: { timeoutMs: 180_000, retryDelayMs: () => 100 },
    });
    const served = createCollector<KafkaHandlerEvent>();
    handler.on((event) => served.add(event));
    const called = createCollector<KafkaClientEvent>();
    kafkaClient.on((event) => called.add(event));
    const stream = client.streams.idle.subscribe(undefined, { onData: () => log.note('item') });
    await log.until('item');
    context.defer(() => log.note('go on'));
    const before = client.calls.waitFor.query('go on');
    await log.until('begun go on');

    await Promise.all(cluster.nodes.map((node) => node.stop()));
    // What is not written within the driver's deliveryTimeoutMs says so, and may be made again.
    const early = untilDone(() => client.calls.echo.query('early'), ['PRODUCE_FAILED']);
    // Of both groups.
    await until(served, 'group-interrupted', 2);
    await called.until((all) => all.some(({ type }) => type === 'lost'), 'the loss to be told');
    await delay(outageMs);
    const late = [
      client.calls.echo.query('a query'),
      client.calls.noted.mutate('a mutation'),
      emitter.calls.noted('a one-way call'),
    ];
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await cluster.ready();

    await early;
    expect(await Promise.all(late)).toMatchObject(['a query', undefined, { partition: expect.any(Number) }]);
    await log.until('a one-way call');
    log.note('go on');
    expect(await before).toBe('go on');
    expect(await client.calls.echo.query('after')).toBe('after');
    await until(served, 'group-recovered', 2);
    await called.until(
      (all) => all.at(-1) !== undefined && all.some(({ type }) => type === 'open'),
      'the return',
    );
    // The same members as before, and the same stream.
    expect(typesOf(served.items)).not.toContain('group-failed');
    expect(['a mutation', 'a one-way call', 'item', 'finally'].map((name) => log.count(name))).toEqual([
      1, 1, 1, 0,
    ]);
    stream.unsubscribe();
    await log.until('finally');
  }, 240_000);

  it('brokers started anew one after the other: every call is answered, and no mutation runs twice', async () => {
    await using cluster = await start();
    await using context = createCaseContext(cluster.brokers);
    const { log } = context;
    const { client, emitter, handler } = await context.start({ connect: { timeoutMs: 180_000 } });
    const served = createCollector<KafkaHandlerEvent>();
    handler.on((event) => served.add(event));
    const answers = createCollector<string>();
    let made = 0;
    let over = false;
    const lanes = Array.from({ length: 8 }, async () => {
      while (!over) {
        const name = `call ${made++}`;
        await client.calls.noted.mutate(name);
        await emitter.calls.noted(`one-way ${name}`);
        await client.calls.echo.query(name);
        answers.add(name);
      }
    });
    const more = (): Promise<unknown> => answers.count(answers.items.length + 40);
    await more();
    for (const node of cluster.nodes) {
      await node.stop();
      await more();
      await node.start();
      await cluster.ready();
      await more();
    }
    over = true;
    await Promise.all(lanes);
    const names = Array.from({ length: made }, (_, n) => `call ${n}`);
    expect(answers.items.toSorted()).toEqual(names.toSorted());
    expect(
      log
        .all()
        .filter((name) => name.startsWith('call'))
        .toSorted(),
    ).toEqual(names.toSorted());
    for (const name of names) await log.until(`one-way ${name}`);
    expect(typesOf(served.items)).not.toContain('group-failed');
  }, 240_000);
});

test.concurrent('replies that retention removed before the client read them leave their calls to the deadline, and are told; later ones are read', async () => {
  await using broker = await createDevBroker();
  await using context = createCaseContext(broker.brokers);
  const { service, log } = context;
  await context.serve();
  const reader = new Kafka({ clientId: 'reader', brokers: broker.brokers, logLevel: logLevel.NOTHING });
  const errors = createCollector<object>();
  const error = (fields: object, message: string): void => errors.add({ ...fields, message });
  const { client, kafkaClient } = context.connect({
    kafka: reader,
    logger: { debug() {}, info() {}, warn() {}, error },
  });
  await kafkaClient.ready();
  const { topic, partitions } = service.topics.replies;
  const admin = context.createKafka().admin();
  await admin.connect();
  context.defer(() => admin.disconnect());
  const written = async (): Promise<number> =>
    (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);

  const fault = broker.faults.drop({ api: 'Fetch', clientId: 'reader' });
  // One that waits at the broker is answered yet.
  await fault.untilHit();
  const timeoutMs = 5000;
  const lost = transportErrorOf(client.calls.noted.mutate('lost', { context: kafkaContext({ timeoutMs }) }));
  await log.until('lost');
  while ((await written()) === 0) await delay(50);
  const all = Array.from({ length: partitions }, (_, partition) => ({ partition, offset: '-1' }));
  await admin.deleteTopicRecords({ topic, partitions: all });
  fault.remove();
  expect((await lost).code).toBe('TIMEOUT');
  expect(await client.calls.echo.query('after')).toBe('after');
  expect(errors.items).toMatchObject([
    { topic, lostOffset: 0, resumedAt: 1, message: expect.stringContaining('replies are gone') },
  ]);
  expect(log.count('lost')).toBe(1);
}, 60_000);
