/**
 * The broker under test in the rule tests: always a dev broker, and a real Kafka beside it where `KAFKA_BROKERS` names
 * one. That is how the dev broker is kept honest: the same expectations hold for both.
 *
 * Owns: fresh names, topics, and waiting for a request to arrive. The real one needs
 * `group.initial.rebalance.delay.ms=0`, and `group.min.session.timeout.ms` of 20 for the tests of sessions.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { type ApiName, createDevBroker, type DevBroker } from '../../src/index.js';
import { connectRaw, type RawClient } from './raw-client.js';

export interface Target extends AsyncDisposable {
  /** Undefined for a real Kafka. */
  readonly devBroker: DevBroker | undefined;
  readonly admin: Admin;
  /** A connection to the node that leads every topic of this target. */
  connect(): Promise<RawClient>;
  /** Makes a topic of one partition and returns its name. */
  topic(configs?: Readonly<Record<string, string>>): Promise<string>;
  deleteTopic(name: string): Promise<void>;
  /** Waits until so many requests have been received since the start; of a real broker that can only be guessed. */
  received(api: ApiName, count?: number): Promise<void>;
}

/** Longer than a real broker on this machine takes to receive what was sent. */
const RECEIVED_BY_KAFKA_MS = 250;

const realBrokers = process.env['KAFKA_BROKERS']?.split(',');

/** What to run rule tests on. */
export const targets: readonly (readonly [string, () => Promise<Target>])[] = [
  ['dev broker', openDevBroker],
  ...(realBrokers ? ([['Kafka', () => openKafka(realBrokers)]] as const) : []),
];

/** A name nobody else uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

/** Enough to meet every partition of the topic of offsets of a small test broker. */
const COORDINATOR_PROBES = 20;
/** Asked once for all tests of a file. */
let coordinatorsReady: Promise<unknown> | undefined;

/** Tries again until it works: what a real broker has promised takes a moment to be so. */
async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch {
      await sleep(20);
    }
  }
}

/** The first question for a group makes the topic of offsets; its partitions take a moment to be loaded. */
function coordinatorIsThere(admin: Admin): Promise<void> {
  const groupId = unique('probe');
  return eventually(() => admin.fetchOffsets({ groupId, topics: [] }));
}

async function connectAdmin(brokers: readonly string[]) {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return {
    admin,
    topic: async (configs: Readonly<Record<string, string>> = {}) => {
      const topic = unique('rules');
      const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
      const topics = [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }];
      // kafkajs waits for leaders in steps of 100 ms, and gives up where a broker does not know the topic yet.
      await admin.createTopics({ topics, waitForLeaders: false });
      await eventually(() => admin.fetchTopicOffsets(topic));
      return topic;
    },
    deleteTopic: (topic: string) => admin.deleteTopics({ topics: [topic] }),
  };
}

async function openDevBroker(): Promise<Target> {
  const devBroker = await createDevBroker({ 'group.min.session.timeout.ms': 20 });
  const { admin, ...topics } = await connectAdmin(devBroker.brokers);
  // As on any cluster that has been used, the topic of offsets exists.
  devBroker.coordinatorOf('any');
  return {
    devBroker,
    admin,
    ...topics,
    connect: () => connectRaw(devBroker.brokers[0]!),
    received: (api, count = 1) => devBroker.requests.until({ api, clientId: 'raw' }, count),
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await devBroker.close();
    },
  };
}

async function openKafka(brokers: readonly string[]): Promise<Target> {
  const { admin, ...topics } = await connectAdmin(brokers);
  coordinatorsReady ??= Promise.all(
    Array.from({ length: COORDINATOR_PROBES }, () => coordinatorIsThere(admin)),
  );
  await coordinatorsReady;
  return {
    devBroker: undefined,
    admin,
    ...topics,
    connect: () => connectRaw(brokers[0]!),
    received: () => sleep(RECEIVED_BY_KAFKA_MS),
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}
