/** Streams while brokers do everything that brokers may do, in an order of chance: each tracked event comes once, in order. */
import { setTimeout as delay } from 'node:timers/promises';
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEventLog } from '../support/event-log.ts';
import { isFullMatrix } from '../support/full-matrix.ts';
import { createTickWorld, readTicks, type TickWorld } from './fixtures/tick-world.ts';

/** What blows fall on. */
interface Target {
  readonly broker: DevBroker;
  readonly world: TickWorld;
  /** One server closes, and another comes. */
  replaceServer(): Promise<void>;
}

interface Blow {
  readonly name: string;
  strike(target: Target): unknown;
}

const topic = fc.constantFrom('requests', 'control', 'replies' as const);
const times = fc.integer({ min: 1, max: 5 });
const when = fc.constantFrom('before' as const, 'after' as const);
const api = fc.constantFrom('Produce' as const, 'Fetch' as const);
const ms = fc.integer({ min: 20, max: 700 });
const node = fc.integer({ min: 1, max: 3 });

const onRequests: fc.Arbitrary<Blow> = fc.oneof(
  fc.record({ api, topic, when, times }).map((given) => ({
    name: `cut ${JSON.stringify(given)}`,
    strike: ({ broker, world }: Target) => broker.faults.cut(matching(world, given), given),
  })),
  fc.record({ api, topic, when, times, ms }).map((given) => ({
    name: `delay ${JSON.stringify(given)}`,
    strike: ({ broker, world }: Target) => broker.faults.delay(matching(world, given), given.ms, given),
  })),
  fc.record({ api, topic, when }).map((given) => ({
    name: `drop ${JSON.stringify(given)}`,
    strike: ({ broker, world }: Target) => broker.faults.drop(matching(world, given), { ...given, times: 1 }),
  })),
  fc.record({ topic, times }).map((given) => ({
    name: `duplicate ${JSON.stringify(given)}`,
    strike: ({ broker, world }: Target) =>
      broker.faults.duplicate(matching(world, { api: 'Produce', ...given }), given),
  })),
  fc
    .record({
      api,
      topic,
      times,
      error: fc.constantFrom('NOT_LEADER_OR_FOLLOWER' as const, 'REQUEST_TIMED_OUT' as const),
    })
    .map((given) => ({
      name: `fail ${JSON.stringify(given)}`,
      strike: ({ broker, world }: Target) => broker.faults.fail(matching(world, given), given.error, given),
    })),
);

const onCluster: fc.Arbitrary<Blow> = fc.oneof(
  fc.record({ topic, node }).map((given) => ({
    name: `move leaders ${JSON.stringify(given)}`,
    strike({ broker, world }: Target) {
      const name = world.names[given.topic];
      for (let n = 0; broker.leaderOf(name, n) !== undefined; n++)
        broker.cluster.moveLeader(name, n, given.node);
    },
  })),
  node.map((nodeId) => ({
    name: `cut all connections of node ${nodeId}`,
    strike: ({ broker }: Target) => broker.cluster.disconnect({ nodeId }),
  })),
  fc.record({ node, ms }).map((given) => ({
    name: `stop node ${JSON.stringify(given)}`,
    async strike({ broker }: Target) {
      await broker.cluster.stopNode(given.node, { electionMs: given.ms });
      await delay(given.ms);
      await broker.cluster.startNode(given.node);
    },
  })),
  fc.constant<Blow>({
    name: 'rebalance',
    strike: ({ broker, world }) => broker.cluster.forceRebalance(world.names.group),
  }),
  fc.constant<Blow>({ name: 'replace a server', strike: (target) => target.replaceServer() }),
);

const steps = fc.array(
  fc.record({ blow: fc.oneof(onRequests, onCluster), pauseMs: fc.integer({ min: 0, max: 400 }) }),
  { minLength: 24, maxLength: 24 },
);

function matching(world: TickWorld, given: { api: 'Produce' | 'Fetch'; topic: Topic }) {
  return { api: given.api, topic: world.names[given.topic] };
}
type Topic = 'requests' | 'control' | 'replies';

const given = Number(process.env['STREAM_SEED'] ?? Number.NaN);
const seeds = Number.isNaN(given)
  ? Array.from({ length: isFullMatrix ? 20 : 1 }, () => Math.floor(Math.random() * 2 ** 31))
  : [given];

test.each(seeds)(
  'faults in the order of STREAM_SEED=%i',
  async (seed) => {
    await using broker = await createDevBroker({ nodes: 3, 'default.replication.factor': 3 });
    await using world = createTickWorld(broker.brokers);
    const log = createEventLog();
    const servers = [await world.serve(log), await world.serve(log)];
    const client = world.connect();
    const streams = [1, 2, 5, 10, 20, 50, 100].flatMap((everyMs) => [
      readTicks(client, everyMs),
      readTicks(client, everyMs),
    ]);
    const replaceServer = async (): Promise<void> => {
      const old = servers.shift()!;
      servers.push(await world.serve(log));
      await old.close({ graceMs: 2000 });
    };
    const [drawn] = fc.sample(steps, { seed, numRuns: 1 });
    const told: string[] = [];
    for (const { blow, pauseMs } of drawn!) {
      told.push(blow.name);
      await blow.strike({ broker, world, replaceServer });
      await delay(pauseMs);
      const wrong = streams.flatMap((ticks) => ticks.wrong);
      expect(wrong, told.join('\n')).toEqual([]);
    }
    broker.faults.clear();
    await Promise.all(streams.map((ticks) => ticks.more(20)));
    expect(
      streams.flatMap(({ wrong }) => wrong),
      told.join('\n'),
    ).toEqual([]);
  },
  180_000,
);
