/**
 * A connection to the cluster of its own, over connections of @platformatic/kafka.
 * Owns: which brokers there are, a connection to each for what it is used for, which is tried next.
 * Must not know: what the requests are for.
 */
import type { ConnectionOptions } from '@platformatic/kafka';
import type { Broker, RawMetadata } from '../cluster/broker-requests.js';
import {
  clientError,
  closedError,
  toError,
  toTransportError,
  unreachable,
} from '../cluster/client-errors.js';
import type { ClientContext, RequestTimeoutsMs } from '../cluster/cluster-driver.js';
import type { KafkaCluster } from '../cluster/kafka-cluster.js';
import { sleep } from '../cluster/sleep.js';
import { createPlatformaticBroker } from './platformatic-broker.js';
import { type BrokerAddress, createPlatformaticLink, type PlatformaticLink } from './platformatic-link.js';

/** How a cluster is reached. */
export interface PlatformaticClusterOptions {
  readonly clientId: string;
  readonly bootstrapBrokers: readonly BrokerAddress[];
  readonly connection: ConnectionOptions;
  readonly timeoutsMs: RequestTimeoutsMs;
  readonly context: ClientContext;
  /** Told of each connection that could not be made, or was lost. */
  readonly onFailure?: (error: Error) => void;
}

/** A cluster, and its brokers one by one. */
export interface PlatformaticCluster extends KafkaCluster {
  readonly closed: boolean;
  anyBroker(): Promise<Broker>;
  brokerAt(nodeId: number): Promise<Broker>;
}

/** What a connection is for: what waits at a broker holds up whatever is behind it. */
type Lane = 'main' | 'fetch' | 'group';

const pauseMs = 100;

/** Opens a cluster. Nothing connects before the first request. */
export function openPlatformaticCluster(options: PlatformaticClusterOptions): PlatformaticCluster {
  const { bootstrapBrokers, clientId, connection, timeoutsMs, context } = options;
  const links = new Map<string, PlatformaticLink>();
  const brokersTried = new Set<string>();
  const nodes = new Map<number, BrokerAddress>();
  /** When a connection to a broker failed: others are tried first. */
  const failedMs = new Map<string, number>();
  let reached = false;
  let closed = false;

  function link(address: BrokerAddress, lane: Lane): PlatformaticLink {
    const key = `${lane} ${keyOf(address)}`;
    const known = links.get(key);
    if (known !== undefined && !known.isOver) return known;
    const made = createPlatformaticLink(address, {
      clientId,
      connection,
      timeoutsMs,
      credentials: context.credentials,
      onAnswer: (broker) => context.reporter.answered(broker),
      onFailure(error) {
        if (links.get(key) === made) links.delete(key);
        failedMs.set(keyOf(address), Date.now());
        context.reporter.failed(error);
        options.onFailure?.(error);
      },
    });
    links.set(key, made);
    brokersTried.add(made.broker);
    return made;
  }

  async function openLink(address: BrokerAddress, lane: Lane): Promise<PlatformaticLink> {
    if (closed) throw closedError('a request to a broker was not sent');
    const found = link(address, lane);
    if (!found.isOpen) await found.open();
    return found;
  }

  function openLinkToAny(): PlatformaticLink | undefined {
    for (const [key, found] of links) if (found.isOpen && key.startsWith('main ')) return found;
    return undefined;
  }

  /** Those that did not fail, or failed longest ago, first. */
  function candidates(): readonly BrokerAddress[] {
    const all = new Map([...nodes.values(), ...bootstrapBrokers].map((address) => [keyOf(address), address]));
    const lastFailure = (address: BrokerAddress): number => failedMs.get(keyOf(address)) ?? 0;
    return [...all.values()].sort((a, b) => lastFailure(a) - lastFailure(b));
  }

  /** One round over the brokers; resolves with what went wrong when another round may go better. */
  async function tryConnect(): Promise<PlatformaticLink | Error> {
    let failure: Error = new Error('there is no broker to connect to');
    for (const address of candidates()) {
      try {
        const found = await openLink(address, 'main');
        reached = true;
        return found;
      } catch (error) {
        if (closed) throw closedError('cannot connect');
        const mapped = toTransportError(error, { doing: 'cannot connect', brokers: brokersTried });
        if (!mapped.retryable) throw mapped;
        failure = toError(error);
      }
    }
    return failure;
  }

  async function connectAny(): Promise<PlatformaticLink> {
    if (closed) throw closedError('cannot connect');
    const open = openLinkToAny();
    if (open !== undefined) return open;
    const until = Date.now() + context.connectTimeoutMs;
    for (;;) {
      const found = await tryConnect();
      if (!(found instanceof Error)) return found;
      if (Date.now() >= until) throw unreachable({ doing: 'cannot connect', brokers: brokersTried }, found);
      await sleep(pauseMs);
    }
  }

  const { reading } = context;
  const fetchTimeoutMs = timeoutsMs['Fetch'] ?? timeoutsMs.default;

  function brokerOn(open: (lane: Lane) => Promise<PlatformaticLink>): Broker {
    return createPlatformaticBroker({
      main: () => open('main'),
      fetch: () => open('fetch'),
      group: () => open('group'),
      reading,
      fetchTimeoutMs,
    });
  }

  /** Made once: what it holds is the way to a connection, not a connection. */
  const anyBroker = brokerOn(connectAny);
  const brokers = new Map<number, Broker>();

  async function addressOf(nodeId: number): Promise<BrokerAddress> {
    if (!nodes.has(nodeId)) await lookUp([]);
    const address = nodes.get(nodeId);
    if (address === undefined)
      throw clientError('KafkaConnectionError', `the cluster has no broker ${nodeId}`, {
        broker: `broker ${nodeId}`,
        retriable: true,
      });
    return address;
  }

  function brokerAt(nodeId: number): Broker {
    let broker = brokers.get(nodeId);
    if (broker === undefined) {
      broker = brokerOn(async (lane) => openLink(await addressOf(nodeId), lane));
      brokers.set(nodeId, broker);
    }
    return broker;
  }

  async function lookUp(topics: readonly string[]): Promise<RawMetadata> {
    const metadata = await anyBroker.metadata(topics);
    // A broker that does not know the others yet, as one that just started, is no reason to forget them.
    if (metadata.brokers.length > 0) {
      nodes.clear();
      for (const { nodeId, host, port } of metadata.brokers) nodes.set(nodeId, { host, port });
    }
    return metadata;
  }

  function cut(reason: string): void {
    const error = clientError('KafkaConnectionError', reason, { retriable: true });
    for (const open of links.values()) open.close(error);
    links.clear();
  }

  async function guarded<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (closed) throw closedError('a request to a broker was not answered');
      throw error;
    }
  }

  return {
    brokersTried,
    get closed() {
      return closed;
    },
    wasReached: () => reached,
    async connect() {
      await guarded(connectAny);
    },
    metadata: (topics) => guarded(() => lookUp(topics)),
    onBroker: (nodeId, request) => guarded(() => request(brokerAt(nodeId))),
    onAnyBroker: (request) => guarded(() => request(anyBroker)),
    exchange: (nodeId, make) =>
      guarded(async () => {
        const open = await openLink(await addressOf(nodeId), 'main');
        return open.exchange(make(open.versions));
      }),
    anyBroker: async () => anyBroker,
    brokerAt: async (nodeId) => brokerAt(nodeId),
    disconnect: () => cut('the connection was given up'),
    close() {
      closed = true;
      cut('the Kafka driver was closed');
    },
  };
}

function keyOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`;
}
