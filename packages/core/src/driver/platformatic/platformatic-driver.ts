/**
 * The platformatic driver: Kafka for trpc-kafka over connections of @platformatic/kafka.
 * Owns: its options, and which parts of @platformatic/kafka the driver works on.
 * Must not know: the wire protocol of trpc-kafka, tRPC.
 */
import type { BaseOptions, ConnectionOptions } from '@platformatic/kafka';
import { KafkaTransportError } from '../../errors/transport-error.js';
import { createClusterDriver } from '../cluster/cluster-driver.js';
import type { KafkaDriver } from '../kafka-driver.js';
import { parseBroker } from './broker-address.js';
import { openPlatformaticCluster } from './platformatic-cluster.js';
import {
  compressionType,
  findPlatformaticCodec,
  type PlatformaticCompression,
} from './platformatic-codecs.js';
import type { BrokerAddress } from './platformatic-link.js';
import { createPlatformaticSession } from './platformatic-session.js';

/** Settings of the platformatic driver: what clients of @platformatic/kafka are given, in their words, and the driver's own. */
export interface PlatformaticDriverOptions
  extends Pick<ConnectionOptions, 'connectTimeout' | 'sasl' | 'ssl' | 'tls' | 'tlsServerName'> {
  /** Brokers that are asked first, `host:port` or apart; the others are learnt from them. The port is 9092 when left out. */
  readonly bootstrapBrokers: BaseOptions['bootstrapBrokers'];
  /** By what name brokers know and log the client. @default 'trpc-kafka' */
  readonly clientId?: string;
  /** Codec that records are written with; all are read. `zstd` needs Node 22.15. @default 'none' */
  readonly compression?: PlatformaticCompression;
  /** How long the members of a group have to join again, in ms. @default 60000 */
  readonly rebalanceTimeout?: number;
  /** How long a first connection is tried before `BROKERS_UNREACHABLE`, in ms. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** How long a record is tried before its outcome is an error, in ms. Covers the restart of a broker. @default 30000 */
  readonly deliveryTimeoutMs?: number;
}

/**
 * Makes a driver on connections of `@platformatic/kafka`, which is installed beside it. Nothing connects before the first
 * use. Its retries, time-outs and streams are not used: the driver has its own, which find a broker again within a second.
 * Close it when clients and handlers that were given it are closed: it is theirs who made it.
 *
 * @throws KafkaTransportError `INVALID_OPTION` without a broker, or with one that cannot be read.
 *
 * @example
 * const kafka = createPlatformaticDriver({ clientId: 'checkout', bootstrapBrokers: ['localhost:9092'] });
 */
export function createPlatformaticDriver(options: PlatformaticDriverOptions): KafkaDriver {
  const { clientId = 'trpc-kafka', compression = 'none', rebalanceTimeout = 60_000 } = options;
  const bootstrapBrokers = readBrokers(options.bootstrapBrokers);
  const connection = toConnectionOptions(options);
  return createClusterDriver({
    name: 'platformatic',
    findCodec: findPlatformaticCodec,
    compression: compressionType(compression),
    connectTimeoutMs: options.connectTimeoutMs,
    deliveryTimeoutMs: options.deliveryTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeout,
    openClient: (context) => ({
      openCluster: (timeoutsMs) =>
        openPlatformaticCluster({ clientId, bootstrapBrokers, connection, timeoutsMs, context }),
      createSession: (session) =>
        createPlatformaticSession(session, {
          rebalanceTimeoutMs: rebalanceTimeout,
          openCluster: (timeoutsMs, onFailure) =>
            openPlatformaticCluster({
              clientId,
              bootstrapBrokers,
              connection,
              timeoutsMs,
              context,
              onFailure,
            }),
        }),
    }),
  });
}

function readBrokers(brokers: BaseOptions['bootstrapBrokers'] | undefined): readonly BrokerAddress[] {
  const found = (brokers ?? []).map(parseBroker);
  if (found.length > 0) return found;
  throw new KafkaTransportError({
    code: 'INVALID_OPTION',
    message:
      "`bootstrapBrokers` names no broker: createPlatformaticDriver({ bootstrapBrokers: ['localhost:9092'] })",
  });
}

/** A connection that takes longer is given up for another broker; by default @platformatic/kafka waits five seconds. */
const connectTimeoutMs = 2000;

function toConnectionOptions(options: PlatformaticDriverOptions): ConnectionOptions {
  const { connectTimeout = connectTimeoutMs, sasl, tls, ssl, tlsServerName } = options;
  return {
    connectTimeout,
    ...(sasl === undefined ? {} : { sasl }),
    ...(tls === undefined ? {} : { tls }),
    ...(ssl === undefined ? {} : { ssl }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  };
}
