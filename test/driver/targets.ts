/** The drivers and brokers the suite runs over. A new one is a line here. */
import { createKafkajsDriver, type KafkaDriver } from '@trpc-kafka/core';
import { createPlatformaticDriver } from '@trpc-kafka/core/platformatic';
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';
import { startKafkaCluster } from '../../scripts/kafka/index.js';
import { realKafka, whyNoOwnCluster } from '../support/real-kafka/real-kafka.js';
import type { Capability, FaultyBroker, NodeControl } from './driver-case.js';

/** A driver under test. */
export interface DriverTarget {
  readonly name: string;
  create(brokers: readonly string[]): KafkaDriver;
}

/** A broker to test on. */
export interface BrokerTarget {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * How cases use it: `together` at the same time (they have topics and groups of their own), one after the other
   * `in-turn`, or each one of its `own`, at the same time.
   */
  readonly use: 'together' | 'in-turn' | 'own';
  /** One line on why it cannot be had here. */
  readonly unavailable?: string | undefined;
  start(): Promise<RunningBroker>;
}

/** A broker that runs. */
export interface RunningBroker {
  readonly brokers: readonly string[];
  readonly nodes?: NodeControl;
  readonly faulty?: FaultyBroker;
  stop(): Promise<void>;
}

export const drivers: readonly DriverTarget[] = [
  {
    name: 'kafkajs',
    create: (brokers) => createKafkajsDriver(createKafka(brokers)),
  },
  {
    name: 'platformatic',
    create: (brokers) =>
      createPlatformaticDriver({ clientId: 'driver-suite', bootstrapBrokers: [...brokers] }),
  },
];

/** A kafkajs client as a user makes it: with the default time-outs and retries. */
export function createKafka(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'driver-suite', brokers: [...brokers], logLevel: logLevel.NOTHING });
}

const kafka = await realKafka();

/** Brokers of one node that the cases share. */
export const sharedBrokers: readonly BrokerTarget[] = [
  {
    name: 'dev-broker',
    use: 'together',
    capabilities: new Set(['delete-records', 'list-groups']),
    async start() {
      const broker = await createDevBroker();
      return { brokers: broker.brokers, stop: () => broker.close() };
    },
  },
  {
    name: 'Apache Kafka',
    use: 'together',
    capabilities: new Set(['delete-records', 'transactions', 'list-groups']),
    unavailable: kafka.unavailable,
    start: async () => ({ brokers: kafka.brokers ?? [], stop: async () => {} }),
  },
];

/** Clusters whose nodes a case takes down. */
export const ownClusters: readonly BrokerTarget[] = [
  {
    name: 'dev-broker, 3 nodes',
    use: 'own',
    capabilities: new Set(['delete-records', 'list-groups', 'nodes', 'request-faults']),
    async start() {
      const broker = await createDevBroker({
        nodes: 3,
        'default.replication.factor': 3,
        'broker.session.timeout.ms': 2000,
      });
      const { cluster } = broker;
      return {
        brokers: broker.brokers,
        stop: () => broker.close(),
        faulty: broker,
        nodes: {
          leaderOf: async (topic, partition) => broker.leaderOf(topic, partition)!,
          kill: (id) => cluster.stopNode(id, { electionMs: 2000 }),
          pause: async (id) => cluster.pauseNode(id),
          resume: async (id) => cluster.resumeNode(id),
          restart: (id) => cluster.startNode(id),
          ready: async () => {},
        },
      };
    },
  },
  {
    name: 'Apache Kafka, 3 nodes',
    use: 'in-turn',
    capabilities: new Set(['delete-records', 'transactions', 'list-groups', 'nodes']),
    unavailable: await whyNoOwnCluster(),
    async start() {
      const cluster = await startKafkaCluster({ nodes: 3 });
      const nodeOf = (id: number) => cluster.nodes.find((node) => node.id === id)!;
      return {
        brokers: cluster.brokers,
        stop: () => cluster.stop(),
        nodes: {
          leaderOf: (topic, partition) => leaderOf(createKafka(cluster.brokers), topic, partition),
          kill: (id) => nodeOf(id).kill(),
          pause: (id) => nodeOf(id).pause(),
          resume: (id) => nodeOf(id).resume(),
          restart: (id) => nodeOf(id).restart(),
          ready: () => cluster.waitUntilReady(),
        },
      };
    },
  },
];

async function leaderOf(kafkaClient: Kafka, topic: string, partition: number): Promise<number> {
  const admin = kafkaClient.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]!.partitions.find((found) => found.partitionId === partition)!.leader;
  } finally {
    await admin.disconnect();
  }
}
