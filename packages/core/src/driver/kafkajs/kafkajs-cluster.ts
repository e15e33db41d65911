/**
 * A connection to the cluster of its own, on which the driver sends single requests: metadata, produce, fetch, offsets.
 * Owns: how a cluster object is got from a kafkajs instance, and how requests get to a broker by its id.
 * Must not know: what the requests are for.
 *
 * kafkajs hands its cluster object to the factory of a partition assigner (public, typed: `PartitionAssigner`).
 * A consumer that is never run therefore gives everything the user set up (SASL, TLS, socket factory) without a group.
 */
import type { Cluster, Consumer, ConsumerConfig, Kafka } from 'kafkajs';
import type { RawMetadata } from '../cluster/broker-requests.js';
import {
  closedError,
  isConnectionTrouble,
  originalError,
  toError,
  toTransportError,
  unreachable,
} from '../cluster/client-errors.js';
import type { Exchange } from '../cluster/exchange.js';
import type { KafkaCluster } from '../cluster/kafka-cluster.js';
import { sleep } from '../cluster/sleep.js';
import { type ClusterTuning, type TunedCluster, tuneCluster } from './cluster-tuning.js';
import { asRawCluster, type RawBroker, type RawRequest, unsupported } from './kafkajs-internals.js';

/** How a cluster is opened. */
export interface KafkaClusterOptions {
  readonly connectTimeoutMs: number;
  readonly tuning: ClusterTuning;
}

/** Opens a cluster of its own on a kafkajs instance. Nothing connects before the first request. */
export function openKafkajsCluster(kafka: Kafka, options: KafkaClusterOptions): KafkaCluster {
  const tuned = captureCluster(kafka, { groupId: 'trpc-kafka-not-a-group' }, options.tuning).tuned;
  const { raw, brokersTried } = tuned;
  let lookups: Promise<unknown> = Promise.resolve();
  let reached = false;

  /** One round over the brokers; resolves with what went wrong when another round may go better. */
  async function tryConnect(): Promise<Error | undefined> {
    try {
      await raw.connect();
      return undefined;
    } catch (error) {
      if (tuned.closed) throw closedError('cannot connect');
      const failure = toTransportError(error, { doing: 'cannot connect', brokers: brokersTried });
      if (!failure.retryable) throw failure;
      return toError(error);
    }
  }

  async function connect(): Promise<void> {
    if (tuned.closed) throw closedError('cannot connect');
    if (raw.isConnected()) return;
    const until = Date.now() + options.connectTimeoutMs;
    for (let failure = await tryConnect(); failure !== undefined; failure = await tryConnect()) {
      if (Date.now() >= until) throw unreachable({ doing: 'cannot connect', brokers: brokersTried }, failure);
      await sleep(100);
    }
    reached = true;
  }

  async function lookUp(topics: readonly string[]): Promise<RawMetadata> {
    await connect();
    await raw.brokerPool.refreshMetadata(topics).catch((error: unknown) => {
      throw tuned.closed ? closedError('cannot look up topics') : error;
    });
    const { metadata } = raw.brokerPool;
    if (metadata === null) throw unreachable({ doing: 'cannot look up topics', brokers: brokersTried });
    return metadata;
  }

  function drop(broker: RawBroker, error: unknown): void {
    tuned.drop(broker.connectionPool, `given up with another connection: ${originalError(error).message}`);
  }

  async function guarded<T>(
    find: () => Promise<RawBroker>,
    request: (broker: RawBroker) => Promise<T>,
  ): Promise<T> {
    let broker: RawBroker | undefined;
    try {
      broker = await find();
      return await request(broker);
    } catch (error) {
      if (tuned.closed) throw closedError('a request to a broker was not answered');
      if (broker !== undefined && isConnectionTrouble(error)) drop(broker, error);
      throw error;
    }
  }

  return {
    brokersTried,
    wasReached: () => reached,
    connect,
    metadata(topics) {
      // One at a time: kafkajs keeps the last answer only.
      const lookup = lookups.then(() => lookUp(topics));
      lookups = lookup.catch(() => undefined);
      return lookup;
    },
    onBroker: (nodeId, request) => guarded(() => raw.brokerPool.findBroker({ nodeId }), request),
    async onAnyBroker(request) {
      await connect();
      return guarded(() => raw.brokerPool.findConnectedBroker(), request);
    },
    exchange: (nodeId, make) =>
      guarded(
        () => raw.brokerPool.findBroker({ nodeId }),
        (broker) => sendExchange(broker, make(broker.versions ?? {})),
      ),
    close: () => tuned.close(),
  };
}

function sendExchange<T>(broker: RawBroker, exchange: Exchange<T>): Promise<T> {
  const { apiKey, apiVersion, apiName, timeoutMs } = exchange;
  const request: RawRequest = {
    requestTimeout: timeoutMs,
    request: {
      apiKey,
      apiVersion,
      apiName,
      expectResponse: () => true,
      async encode() {
        const bytes = await exchange.encode();
        // kafkajs copies an encoder into its own, and looks at no more than this.
        return { buf: bytes, buffer: bytes, size: () => bytes.length };
      },
    },
    response: {
      decode: (payload) => exchange.decode(payload),
      parse: async (decoded) => decoded,
    },
  };
  return broker.connectionPool.send(request) as Promise<T>;
}

/** A consumer of kafkajs with the tuned cluster object it works on. */
export interface CapturedConsumer {
  readonly consumer: Consumer;
  readonly tuned: TunedCluster;
}

/** Makes a consumer and gets hold of its cluster object. */
export function captureCluster(
  kafka: Kafka,
  config: ConsumerConfig,
  tuning: ClusterTuning,
): CapturedConsumer {
  let cluster: Cluster | undefined;
  const [assigner = unusedAssigner] = config.partitionAssigners ?? [];
  const consumer = kafka.consumer({
    ...config,
    allowAutoTopicCreation: false,
    readUncommitted: true,
    partitionAssigners: [
      (context) => {
        cluster = context.cluster;
        return assigner(context);
      },
    ],
  });
  if (cluster === undefined) throw unsupported('its consumer made no partition assigner');
  return { consumer, tuned: tuneCluster(asRawCluster(cluster), tuning) };
}

const unusedAssigner: NonNullable<ConsumerConfig['partitionAssigners']>[number] = () => ({
  name: 'none',
  version: 0,
  assign: async () => [],
  protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
});
