/**
 * A driver over the connections of a client.
 * Owns: the parts (producer, groups, inboxes, fetchers, topics), their connections, the events, the end.
 * Must not know: which client it is, the wire protocol of trpc-kafka, tRPC.
 */
import type { DriverEvent } from '../driver-event.js';
import type { GroupConsumer } from '../group-consumer.js';
import type { InboxConsumer } from '../inbox-consumer.js';
import type { KafkaDriver } from '../kafka-driver.js';
import type { PartitionFetcher } from '../partition-fetcher.js';
import { closedError, toTransportError } from './client-errors.js';
import { openClusterFetcher } from './cluster-fetcher.js';
import { openClusterGroup } from './cluster-group.js';
import { openClusterInbox } from './cluster-inbox.js';
import { createClusterProducer } from './cluster-producer.js';
import { createClusterTopics } from './cluster-topics.js';
import { type ConnectionReporter, createConnectionReporter } from './connection-reporter.js';
import type { GroupSession, GroupSessionOptions } from './group-session.js';
import { type KafkaCluster, requestTimeoutsMs } from './kafka-cluster.js';
import { createKnownLeaders, type KnownLeaders } from './known-leaders.js';
import { createListeners } from './listeners.js';
import { createRefusedCredentials, type RefusedCredentials } from './refused-credentials.js';
import type { FindCodec } from './wire/compression.js';
import type { FetchReading, SkippedBatch } from './wire/fetch-response.js';

/** What the connections of one driver share. */
export interface ClientContext {
  readonly connectTimeoutMs: number;
  readonly reporter: ConnectionReporter;
  readonly credentials: RefusedCredentials;
  readonly reading: FetchReading;
}

/** What a request may take before its broker counts as hung, by API. */
export type RequestTimeoutsMs = typeof requestTimeoutsMs;

/** A client, as far as a driver needs it. */
export interface DriverClient {
  /** Connections to a cluster of their own. Nothing connects before the first request. */
  openCluster(timeoutsMs: RequestTimeoutsMs): KafkaCluster;
  createSession(options: GroupSessionOptions): GroupSession;
}

/** How a driver is made. */
export interface ClusterDriverOptions {
  readonly name: string;
  readonly openClient: (context: ClientContext) => DriverClient;
  readonly findCodec: FindCodec;
  /** The codec records are written with, by its type. @default none */
  readonly compression?: number | undefined;
  /** @default 5000 */
  readonly connectTimeoutMs?: number | undefined;
  /** @default 30000 */
  readonly deliveryTimeoutMs?: number | undefined;
  /** @default 60000 */
  readonly rebalanceTimeoutMs?: number | undefined;
}

/** Makes a driver. Nothing connects before the first use. */
export function createClusterDriver(options: ClusterDriverOptions): KafkaDriver {
  const { findCodec, compression, deliveryTimeoutMs = 30_000, rebalanceTimeoutMs = 60_000 } = options;
  const listeners = createListeners();
  const { emit } = listeners;
  const reporter = createConnectionReporter(emit);
  const clusters = new Set<KafkaCluster>();
  const open = new Set<{ close(): Promise<void> }>();
  let closing: Promise<void> | undefined;

  const client = options.openClient({
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    reporter,
    credentials: createRefusedCredentials(),
    reading: { findCodec, onSkipped: (batch) => emit(toEvent(batch)) },
  });

  function openCluster(timeoutsMs: Readonly<Record<string, number>> = {}): KafkaCluster {
    const cluster = client.openCluster({ ...requestTimeoutsMs, ...timeoutsMs });
    clusters.add(cluster);
    return cluster;
  }

  const known = createKnownLeaders();
  const main = teaching(openCluster(), known);
  const topics = createClusterTopics(main);
  const producer = createClusterProducer({
    cluster: main,
    known,
    emit,
    now: Date.now,
    deliveryTimeoutMs,
    findCodec,
    ...(compression === undefined ? {} : { compression }),
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
    name: options.name,
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
      const consumer = openClusterGroup(group, {
        createSession: (session) => client.createSession(session),
        rebalanceTimeoutMs,
        emit,
      });
      const handle = { close: () => consumer.leave() };
      open.add(handle);
      return { ...consumer, leave: () => consumer.leave().finally(() => open.delete(handle)) };
    },
    openInbox(inbox): InboxConsumer {
      assertOpen(`cannot open inbox ${inbox.topic}[${inbox.partition}]`);
      const cluster = openCluster({ Fetch: (inbox.maxWaitTimeMs ?? 300) + 1500 });
      const consumer = openClusterInbox(inbox, {
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
      return openClusterFetcher({
        cluster,
        maxWaitTimeMs,
        isolation,
        onClosed: () => void clusters.delete(cluster),
      });
    },
    ...topics,
    on: listeners.on,
    ...(main.disconnect === undefined ? {} : { disconnect: () => main.disconnect?.() }),
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
}

/** A cluster whose every answer about topics is remembered. */
function teaching(cluster: KafkaCluster, known: KnownLeaders): KafkaCluster {
  return {
    ...cluster,
    async metadata(topics) {
      const metadata = await cluster.metadata(topics);
      known.learn(metadata);
      return metadata;
    },
  };
}

function toEvent({ error, firstOffset, lastOffset, topic, partition }: SkippedBatch): DriverEvent {
  return { type: 'records-skipped', topic, partition, firstOffset, lastOffset, error };
}
