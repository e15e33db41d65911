/**
 * The kafkajs driver: Kafka for trpc-kafka on a kafkajs instance of the user's.
 * Owns: its options, and which parts of kafkajs the driver works on.
 * Must not know: the wire protocol of trpc-kafka, tRPC.
 */
import type { CompressionTypes, ConsumerConfig, Kafka } from 'kafkajs';
import { createClusterDriver } from '../cluster/cluster-driver.js';
import type { KafkaDriver } from '../kafka-driver.js';
import { openKafkajsCluster } from './kafkajs-cluster.js';
import { findKafkajsCodec } from './kafkajs-codecs.js';
import { isKafkajs, unsupported } from './kafkajs-internals.js';
import { createKafkajsSession } from './kafkajs-session.js';
import { createTimeoutWatch } from './timeout-watch.js';

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
  const config = options.consumer ?? {};
  const timeouts = createTimeoutWatch();
  return createClusterDriver({
    name: 'kafkajs',
    findCodec: findKafkajsCodec,
    compression: options.producer?.compression,
    connectTimeoutMs: options.connectTimeoutMs,
    deliveryTimeoutMs: options.deliveryTimeoutMs,
    rebalanceTimeoutMs: config.rebalanceTimeout,
    openClient: ({ connectTimeoutMs, reporter, credentials, reading }) => ({
      openCluster: (timeoutsMs) =>
        openKafkajsCluster(kafka, {
          connectTimeoutMs,
          tuning: {
            timeoutsMs,
            keepErrorsOf,
            reading,
            onAnswer: (broker) => reporter.answered(broker),
            onFailure: (error) => reporter.failed(error),
            isNews: (text) => reporter.isNews(text),
            credentials,
            timeouts,
          },
        }),
      createSession: (session) =>
        createKafkajsSession(session, { kafka, config, reading, reporter, credentials, timeouts }),
    }),
  });
}

/** kafkajs throws the first error code of an answer, where there may be one for each topic and partition. */
const keepErrorsOf: ReadonlySet<string> = new Set([
  'Metadata',
  'Produce',
  'Fetch',
  'ListOffsets',
  'CreateTopics',
  'DescribeConfigs',
]);
