/** A call whose reply is not with the brokers yet is not committed: should its server die now, another reads it. */
import { createTRPCClient } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { applyKafkaHandler, type KafkaRequest } from '@trpc-kafka/adapter';
import { defineKafkaService } from '@trpc-kafka/core';
import { createKafkaClient, kafkaContext, kafkaLink } from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEventLog } from '../support/event-log.ts';
import { sharedBrokers } from '../support/shared-brokers.ts';
import { uniqueName } from '../support/unique-name.ts';

const targets = await sharedBrokers();
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const t = initTRPC.context<{ req: KafkaRequest }>().create();
const placeOf = ({ req: { partition, offset } }: { req: KafkaRequest }): Place => ({ partition, offset });
const router = t.router({
  read: t.procedure.query(({ ctx }) => placeOf(ctx)),
  write: t.procedure.mutation(({ ctx }) => placeOf(ctx)),
  watch: t.procedure.subscription(async function* ({ ctx, signal }) {
    yield placeOf(ctx);
    await new Promise<void>((resolve) => signal!.addEventListener('abort', () => resolve()));
  }),
});
type Router = typeof router;

/** Where a call's record stands. */
interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** A server that keeps back what it writes to the reply topic `<service>.kept-back`, until it is told. */
async function createWorld(brokers: readonly string[]) {
  const service = defineKafkaService({
    name: uniqueName('held'),
    topics: { requests: { partitions: 2 }, replies: { partitions: 1 } },
  });
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const keptBack = `${service.name}-kept-back`;
  const events = createEventLog();
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const handler = applyKafkaHandler({
    kafka,
    service,
    router,
    createContext: ({ req }) => ({ req }),
    interceptors: [
      {
        beforeSend({ purpose, topic }) {
          if (purpose !== 'reply' || topic !== `${keptBack}.replies`) return;
          events.note('reply held');
          return released;
        },
      },
    ],
  });
  cleanUps.push(() => handler.close({ graceMs: 0 }), release);
  await handler.ready();

  function connect(app: string) {
    const client = createKafkaClient({ kafka, service, app, timeoutMs: 40_000 });
    cleanUps.push(() => client.close({ graceMs: 0 }));
    return createTRPCClient<Router>({ links: [kafkaLink<Router>({ client })] });
  }

  const admin = kafka.admin();
  await admin.connect();
  cleanUps.push(() => admin.disconnect());
  /** What is committed of each partition of the request topic. */
  const committed = async (): Promise<ReadonlyMap<number, number>> => {
    const { topic } = service.topics.requests;
    const [found] = await admin.fetchOffsets({ groupId: service.groupId, topics: [topic] });
    return new Map(found!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  };

  return {
    keptBack: connect(keptBack),
    other: connect(`${service.name}-other`),
    events,
    release,
    committed,
  };
}

type World = Awaited<ReturnType<typeof createWorld>>;

/** Makes a call with a key, and waits until it is committed. */
async function readAndCommit({ other, committed }: World, key: string): Promise<Place> {
  const place = await other.read.query(undefined, { context: kafkaContext({ key }) });
  const { partition, offset } = place;
  await vi.waitFor(async () => expect((await committed()).get(partition)).toBe(offset + 1), eventually);
  return place;
}

/** Two keys whose records stand in different partitions, and where the last one of the first does. */
async function twoKeys(world: World): Promise<{ key: string; otherKey: string; last: Place }> {
  let last = await readAndCommit(world, 'key');
  for (let n = 0; ; n++) {
    const otherKey = `other ${n}`;
    const place = await readAndCommit(world, otherKey);
    if (place.partition !== last.partition) return { key: 'key', otherKey, last };
    last = place;
  }
}

const eventually = { timeout: 30_000, interval: 50 };

const calls: Readonly<Record<string, (world: World, key: string) => Promise<unknown>>> = {
  query: ({ keptBack }, key) => keptBack.read.query(undefined, { context: kafkaContext({ key }) }),
  mutation: ({ keptBack }, key) => keptBack.write.mutate(undefined, { context: kafkaContext({ key }) }),
  subscription: ({ keptBack }, key) =>
    new Promise((resolve, reject) => {
      const stream = keptBack.watch.subscribe(undefined, {
        context: kafkaContext({ key }),
        onData: resolve,
        onError: reject,
      });
      cleanUps.push(() => stream.unsubscribe());
    }),
};

describe.each(targets)('on $name', ({ skip, brokers }) => {
  test.skipIf(skip).each(Object.entries(calls))(
    'a %s is committed once its reply is written, however many commits are made before',
    async (_, call) => {
      const world = await createWorld(brokers);
      const { events, release, committed } = world;
      const { key, otherKey, last } = await twoKeys(world);
      const outcome = call(world, key);
      outcome.catch(() => {}); // Where the test fails before.
      await events.until('reply held');
      // What is committed of the other partition shows that commits go on.
      for (let n = 0; n < 2; n++) await readAndCommit(world, otherKey);
      const next = { ...last, offset: last.offset + 1 };
      expect((await committed()).get(next.partition)).toBe(next.offset);
      release();
      expect(await outcome).toEqual(next);
      await vi.waitFor(
        async () => expect((await committed()).get(next.partition)).toBe(next.offset + 1),
        eventually,
      );
    },
    120_000,
  );
});
