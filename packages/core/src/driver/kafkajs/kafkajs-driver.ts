/**
 * The kafkajs driver: Kafka for trpc-kafka on a kafkajs instance of the user's.
 * Owns: the parts (producer, groups, inboxes, topics), their connections, the events, the end.
 * Must not know: the wire protocol of trpc-kafka, tRPC.
 */
import type { CompressionTypes, ConsumerConfig, Kafka } from 'kafkajs';
import type { GroupConsumer } from '../group-consumer.js';
import type { InboxConsumer } from '../inbox-consumer.js';
import type { KafkaDriver } from '../kafka-driver.js';
import type { PartitionFetcher } from '../partition-fetcher.js';
import { createConnectionReporter } from './connection-reporter.js';
import { type KafkaCluster, openKafkaCluster, requestTimeoutsMs } from './kafkajs-cluster.js';
import { closedError, toTransportError } from './kafkajs-errors.js';
import { openKafkajsFetcher } from './kafkajs-fetcher.js';
import { openKafkajsGroup } from './kafkajs-group.js';
import { openKafkajsInbox } from './kafkajs-inbox.js';
import { isKafkajs, unsupported } from './kafkajs-internals.js';
import { createKafkajsProducer } from './kafkajs-producer.js';
import { createKafkajsTopics } from './kafkajs-topics.js';
import { createListeners } from './listeners.js';
import { createRefusedCredentials } from './refused-credentials.js';
import type { SkippedBatch } from './wire/fetch-response.js';

/** Settings of the kafkajs driver. `producer` and `consumer` are in kafkajs's own spelling and passed on. */
export interface KafkajsDriverOptions {
  readonly producer?: {
    /** Codec of `CompressionTypes`; GZIP is built in, others need a codec registered with kafkajs. @default none */
    readonly compression?: CompressionTypes;
  };
  readonly consumer?: Pick<
    ConsumerConfig,
    'maxBytes' | 'maxBytesPerPartition' | 'minBytes' | 'metadataMaxAge' | 'rackId' | 'rebalanceTimeout'
  >;
  /** How long a first connection is tried before `BROKERS_UNREACHABLE`, in ms. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** How long a record is tried before its outcome is an error, in ms. Covers the restart of a broker. @default 30000 */
  readonly deliveryTimeoutMs?: number;
}

/**
 * Makes a driver on a kafkajs instance. Nothing connects before the first use; connections, SASL, TLS, logger and
 * client id are those of the instance. Its `retry` and `requestTimeout` settings are not used: the driver has its own,
 * which find a broker again within a second and not within half a minute.
 *
 * @throws KafkaTransportError `INVALID_OPTION` when the value is no kafkajs instance, or of a version not built like 2.2.4.
 *
 * @example
 * const driver = createKafkajsDriver(new Kafka({ clientId: 'checkout', brokers: ['localhost:9092'] }));
 */
export function createKafkajsDriver(kafka: Kafka, options: KafkajsDriverOptions = {}): KafkaDriver {
  if (!isKafkajs(kafka)) throw unsupported('`kafka` is not an instance of Kafka from kafkajs');
  const listeners = createListeners();
  const { emit } = listeners;
  const connectTimeoutMs = options.connectTimeoutMs ?? 5000;
  const reporter = createConnectionReporter(emit);
  const credentials = createRefusedCredentials();
  const clusters = new Set<KafkaCluster>();
  const open = new Set<{ close(): Promise<void> }>();
  let closing: Promise<void> | undefined;

  function onSkipped({ error, firstOffset, lastOffset, topic, partition }: SkippedBatch): void {
    emit({ type: 'records-skipped', topic, partition, firstOffset, lastOffset, error });
  }

  function openCluster(timeoutsMs: Readonly<Record<string, number>> = {}): KafkaCluster {
    const cluster = openKafkaCluster(kafka, {
      connectTimeoutMs,
      tuning: {
        timeoutsMs: { ...requestTimeoutsMs, ...timeoutsMs },
        keepErrorsOf: new Set([
          'Metadata',
          'Produce',
          'Fetch',
          'ListOffsets',
          'CreateTopics',
          'DescribeConfigs',
        ]),
        onSkipped,
        onAnswer: (broker) => reporter.answered(broker),
        onFailure: (error) => reporter.failed(error),
        isNews: (text) => reporter.isNews(text),
        credentials,
      },
    });
    clusters.add(cluster);
    return cluster;
  }

  const main = openCluster();
  const topics = createKafkajsTopics(main);
  const producer = createKafkajsProducer({
    cluster: main,
    emit,
    now: Date.now,
    deliveryTimeoutMs: options.deliveryTimeoutMs ?? 30_000,
    ...(options.producer?.compression === undefined ? {} : { compression: options.producer.compression }),
  });

  function assertOpen(doing: string): void {
    if (closing !== undefined) throw closedError(doing);
  }

  async function shutDown(): Promise<void> {
    producer.close();
    await Promise.all([...open].map((consumer) => consumer.close()));
    for (const cluster of clusters) cluster.close();
    reporter.close();
  }

  return {
    name: 'kafkajs',
    get maxBatchesInFlight() {
      return producer.maxBatchesInFlight();
    },
    async connect() {
      assertOpen('cannot connect');
      await producer.connect().catch((error: unknown) => {
        throw toTransportError(error, { doing: 'cannot connect', brokers: main.brokersTried });
      });
    },
    produce: (records) => producer.produce(records),
    openGroup(group): GroupConsumer {
      assertOpen(`cannot join group ${group.groupId}`);
      const consumer = openKafkajsGroup(group, {
        kafka,
        emit,
        reporter,
        credentials,
        onSkipped,
        config: options.consumer ?? {},
      });
      const handle = { close: () => consumer.leave() };
      open.add(handle);
      return { ...consumer, leave: () => consumer.leave().finally(() => open.delete(handle)) };
    },
    openInbox(inbox): InboxConsumer {
      assertOpen(`cannot open inbox ${inbox.topic}[${inbox.partition}]`);
      const cluster = openCluster({ Fetch: (inbox.maxWaitTimeMs ?? 300) + 1500 });
      const consumer = openKafkajsInbox(inbox, {
        cluster,
        emit,
        onClosed: () => {
          clusters.delete(cluster);
          open.delete(consumer);
        },
      });
      open.add(consumer);
      return consumer;
    },
    openFetcher({ maxWaitTimeMs, isolation }): PartitionFetcher {
      assertOpen('cannot open a fetcher');
      const cluster = openCluster({ Fetch: maxWaitTimeMs + 1500 });
      return openKafkajsFetcher({
        cluster,
        maxWaitTimeMs,
        isolation,
        onClosed: () => void clusters.delete(cluster),
      });
    },
    ...topics,
    on: listeners.on,
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
}
