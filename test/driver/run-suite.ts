/** Runs cases over drivers and brokers, each case in a world of its own that is cleaned up after it. */
import type { DriverEvent } from '@trpc-kafka/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createCollector } from '../support/collector.js';
import { uniqueName } from '../support/unique-name.ts';
import type {
  Capability,
  DriverCase,
  DriverWorld,
  FaultyBroker,
  NodeControl,
  TestDriver,
} from './driver-case.js';
import { type BrokerTarget, createKafka, type DriverTarget, type RunningBroker } from './targets.js';

/** What is run over what. */
export interface DriverSuite {
  readonly drivers: readonly DriverTarget[];
  readonly brokers: readonly BrokerTarget[];
  readonly cases: Readonly<Record<string, readonly DriverCase[]>>;
}

/** Declares the tests. Cases wait more than they work: where the broker allows, they run side by side. */
export function runDriverSuite(suite: DriverSuite): void {
  for (const broker of suite.brokers) {
    for (const driver of suite.drivers) {
      describe.skipIf(broker.unavailable)(`${driver.name} on ${broker.name}`, () => {
        const enter = broker.use === 'own' ? startForEach(broker) : startForAll(broker);
        for (const [group, cases] of Object.entries(suite.cases)) {
          describe(group, { concurrent: broker.use !== 'in-turn' }, () => {
            for (const one of cases) declareCase(one, { driver, broker, enter });
          });
        }
      });
    }
  }
}

/** Gives a case its broker, and takes it back. */
type Enter = () => Promise<RunningBroker>;

function startForAll(broker: BrokerTarget): Enter {
  let running: RunningBroker;
  beforeAll(async () => {
    running = await broker.start();
  });
  afterAll(() => running?.stop());
  return async () => ({ ...running, stop: async () => {} });
}

const startForEach =
  (broker: BrokerTarget): Enter =>
  () =>
    broker.start();

interface CasePlace {
  readonly driver: DriverTarget;
  readonly broker: BrokerTarget;
  readonly enter: Enter;
}

function declareCase(one: DriverCase, place: CasePlace): void {
  const missing = (one.needs ?? []).filter((capability) => !place.broker.capabilities.has(capability));
  const title = missing.length === 0 ? one.name : `${one.name} (needs ${missing.join(', ')})`;
  it.skipIf(missing.length > 0)(title, { timeout: one.timeoutMs ?? 30_000 }, async () => {
    const running = await place.enter();
    const { world, end } = createWorld(place.driver, running);
    try {
      await one.run(world);
    } finally {
      await end();
      await running.stop();
    }
  });
}

function createWorld(
  target: DriverTarget,
  running: RunningBroker,
): { world: DriverWorld; end: () => Promise<void> } {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const onEnd = (cleanUp: () => Promise<unknown>) => void cleanUps.push(cleanUp);
  let helper: TestDriver | undefined;

  function openDriver(): TestDriver {
    const driver = target.create(running.brokers);
    const events = createCollector<DriverEvent>();
    driver.on((event) => events.add(event));
    onEnd(() => driver.close());
    return Object.assign(driver, { events });
  }

  const world: DriverWorld = {
    brokers: running.brokers,
    kafka: createKafka(running.brokers),
    openDriver,
    topicName: () => uniqueName('driver-suite'),
    async createTopic({ partitions = 1, config = {}, ...rest } = {}) {
      const topic = world.topicName();
      helper ??= openDriver();
      await helper.createTopics([{ topic, partitions, config, ...rest }]);
      return topic;
    },
    onEnd,
    nodes: running.nodes ?? absent<NodeControl>('nodes'),
    faulty: running.faulty ?? absent<FaultyBroker>('request-faults'),
  };
  return {
    world,
    async end() {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}

function absent<T extends object>(capability: Capability): T {
  return new Proxy({} as T, {
    get() {
      throw new Error(`a case that uses it must say that it needs \`${capability}\``);
    },
  });
}
