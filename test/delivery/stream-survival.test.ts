/** Streams that outlive their server, their brokers and their clients: nothing is missed, nothing comes twice, nothing is left behind. */
import { createTRPCClient } from '@trpc/client';
import { applyKafkaHandler, type KafkaHandler } from '@trpc-kafka/adapter';
import { defineKafkaService, type KafkaService } from '@trpc-kafka/core';
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { createKafkaClient, type KafkaClientOptions, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, describe, expect, test } from 'vitest';
import { createEventLog, type EventLog } from '../support/event-log.ts';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { type ForkedProcess, forkFixture } from './fixtures/forked-process.ts';
import { createTickRouter, type TickRouter } from './fixtures/tick-router.ts';

const kafka = await realKafka();
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Short, so that a test need not wait; long enough for a busy machine. */
const keepAlive = { intervalMs: 500, lostAfterMs: 2000 };

function newService(): KafkaService {
  const name = `streams-${Date.now().toString(36)}-${Math.floor(Math.random() * 1e6).toString(36)}`;
  return defineKafkaService({ name, topics: { requests: { partitions: 4 } } });
}

function createKafka(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
}

async function serve(
  service: KafkaService,
  brokers: readonly string[],
  log: EventLog,
): Promise<KafkaHandler> {
  const router = createTickRouter((line) => log.note(line));
  const handler = applyKafkaHandler({ kafka: createKafka(brokers), service, router });
  cleanUps.push(() => handler.close({ graceMs: 0 }));
  await handler.ready();
  return handler;
}

function connect(
  service: KafkaService,
  brokers: readonly string[],
  options: Partial<KafkaClientOptions> = {},
) {
  const kafkaClient = createKafkaClient({
    kafka: createKafka(brokers),
    service,
    app: `${service.name}-app`,
    timeoutMs: 40_000,
    keepAlive,
    ...options,
  });
  cleanUps.push(() => kafkaClient.close());
  return createTRPCClient<TickRouter>({ links: [kafkaLink<TickRouter>({ client: kafkaClient })] });
}

function fork(file: string, args: readonly string[]): ForkedProcess {
  const forked = forkFixture(file, args);
  cleanUps.push(() => forked.process.kill('SIGKILL'));
  return forked;
}

/** Reads ticks, and notes `tick n`, each state, each end. What is not the next number fails the test that looks at `wrong`. */
function readTicks(client: ReturnType<typeof connect>, everyMs: number) {
  const log = createEventLog();
  const wrong: string[] = [];
  const states: string[] = [];
  let last = 0;
  const subscription = client.ticks.subscribe(
    { everyMs },
    {
      onData({ data }) {
        if (data !== last + 1) wrong.push(`${data} after ${last}`);
        last = data;
        log.note(`tick ${data}`);
      },
      onConnectionStateChange({ state }) {
        states.push(state);
        log.note(state);
      },
      onComplete: () => wrong.push('complete'),
      onError: (error) => wrong.push(error.message),
    },
  );
  return {
    log,
    wrong,
    states,
    last: () => last,
    /** So many ticks more than there are now. */
    more: (count: number) => log.until(`tick ${last + count}`),
    end: () => subscription.unsubscribe(),
  };
}

async function startDevBroker(): Promise<DevBroker> {
  const broker = await createDevBroker();
  cleanUps.push(() => broker.close());
  return broker;
}

const targets = [
  { name: 'dev-broker', skip: false, brokers: async () => (await startDevBroker()).brokers },
  { name: 'real Kafka', skip: kafka.unavailable !== undefined, brokers: async () => kafka.brokers ?? [] },
];

describe.each(targets)('on $name', ({ skip, brokers: findBrokers }) => {
  test.skipIf(skip)(
    'a killed server: tracked events go on at its successor, without gap or repeat',
    async () => {
      const brokers = await findBrokers();
      const service = newService();
      const doomed = fork('./tick-server.ts', [service.name, ...brokers]);
      await doomed.heard('ready');
      const ticks = readTicks(connect(service, brokers), 20);
      await ticks.log.until('tick 5');
      const successor = createEventLog();
      const ready = serve(service, brokers, successor);
      doomed.process.kill('SIGKILL');
      await ready;
      await successor.until('opened');
      await ticks.more(5);
      expect(ticks.wrong).toEqual([]);
      expect(ticks.states).toEqual(['connecting', 'pending', 'connecting', 'pending']);
      ticks.end();
      await successor.until('closed');
    },
    90_000,
  );

  test.skipIf(skip)(
    'a killed server: whoever reads a streamed result is told, and waits no longer than for any dead server',
    async () => {
      const brokers = await findBrokers();
      const service = newService();
      const doomed = fork('./tick-server.ts', [service.name, ...brokers]);
      await doomed.heard('ready');
      const items = (await connect(service, brokers).result.query())[Symbol.asyncIterator]();
      expect(await items.next()).toEqual({ done: false, value: 'first' });
      const next = items.next();
      doomed.process.kill('SIGKILL');
      await expect(next).rejects.toMatchObject({ cause: { code: 'STREAM_LOST', retryable: true } });
    },
    60_000,
  );

  test.skipIf(skip)(
    'a killed client: its streams end at the server, their finally runs',
    async () => {
      const brokers = await findBrokers();
      const service = newService();
      const log = createEventLog();
      const handler = await serve(service, brokers, log);
      const lost: number[] = [];
      handler.on((event) => event.type === 'client-lost' && lost.push(event.streams));
      const reader = fork('./tick-client.ts', [service.name, String(keepAlive.lostAfterMs), ...brokers]);
      await reader.heard('tick 3');
      reader.process.kill('SIGKILL');
      await log.until('closed');
      expect(lost).toEqual([1]);
      expect(handler.counters().clientsLost).toBe(1);
    },
    60_000,
  );

  test.skipIf(skip)(
    'a rolling restart: no tracked stream ends, skips, repeats or is even told',
    async () => {
      const brokers = await findBrokers();
      const service = newService();
      const log = createEventLog();
      let handlers = [await serve(service, brokers, log), await serve(service, brokers, log)];
      const client = connect(service, brokers);
      const streams = Array.from({ length: 40 }, () => readTicks(client, 25));
      await Promise.all(streams.map((ticks) => ticks.log.until('tick 3')));
      for (const handler of handlers.splice(0)) {
        const next = serve(service, brokers, log);
        await handler.close({ graceMs: 30_000 });
        handlers = [...handlers, await next];
      }
      await Promise.all(streams.map((ticks) => ticks.more(3)));
      expect(streams.flatMap(({ wrong }) => wrong)).toEqual([]);
      expect(new Set(streams.map(({ states }) => states.join(' ')))).toEqual(new Set(['connecting pending']));
      for (const ticks of streams) ticks.end();
    },
    90_000,
  );

  test.skipIf(skip)(
    'what is not tracked begins anew elsewhere when its server closes, or fails where the caller said so',
    async () => {
      const brokers = await findBrokers();
      const service = newService();
      const log = createEventLog();
      const handler = await serve(service, brokers, log);
      const client = connect(service, brokers);
      const heard = createEventLog();
      const read = (onLost: 'restart' | 'error'): Promise<unknown> =>
        new Promise((resolve) => {
          client.list.subscribe(undefined, {
            context: kafkaContext({ onLost }),
            onData: (item) => heard.note(`${onLost} ${item}`),
            onError: ({ cause }) => resolve(cause),
          });
        });
      const failed = read('error');
      void read('restart');
      await log.until('waiting', 2);
      await serve(service, brokers, log);
      await handler.close({ graceMs: 0 });
      expect(await failed).toMatchObject({ code: 'STREAM_LOST', retryable: true });
      await heard.until('restart first', 2);
      expect(heard.count('error first')).toBe(1);
    },
    60_000,
  );
});

test('brokers that are away for longer than a lease end no stream, and leave no warning of Node’s on the console', async () => {
  const warnings: string[] = [];
  const note = ({ name, message }: Error): unknown => warnings.push(`${name}: ${message}`);
  process.on('warning', note);
  cleanUps.push(() => process.off('warning', note));
  const broker = await startDevBroker();
  const service = newService();
  const log = createEventLog();
  await serve(service, broker.brokers, log);
  const ticks = readTicks(connect(service, broker.brokers), 20);
  await ticks.log.until('tick 5');
  await broker.cluster.stopNode(1);
  await new Promise((resolve) => setTimeout(resolve, 2 * keepAlive.lostAfterMs));
  await broker.cluster.startNode(1);
  await ticks.more(200);
  expect(ticks.wrong).toEqual([]);
  expect(log.all()).toEqual(['opened']);
  expect(warnings).toEqual([]);
}, 60_000);
