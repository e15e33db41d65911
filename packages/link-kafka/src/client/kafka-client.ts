/**
 * The client: what links and emitters of one application share for one service.
 * Owns: the public face, options, closing. Calls pass through client-runtime; records through request-sender.
 * Must not know: tRPC operations or observables (kafka-link does).
 */
import type { HealthReport } from '@trpc-kafka/core';
import { assertWhole, type Counters } from '@trpc-kafka/core/internal';
import type { KafkaClientCounter, KafkaClientEvent, KafkaClientOptions } from '../options.js';
import { type ClientRuntime, createClientRuntime } from './client-runtime.js';

/** Where links find the working parts of a client; shared by copies of this package in one process. */
const runtimeKey: unique symbol = Symbol.for('trpc-kafka.client-runtime') as never;

/** A client of one service. Made by {@link createKafkaClient}; links and emitters take it. */
export interface KafkaClient {
  /** The service's name. */
  readonly service: string;
  /** Resolves when calls can be sent at once. Not needed before calling: calls wait by themselves. */
  ready(): Promise<void>;
  /** Calls the listener for every state change; returns the remover. */
  on(listener: (event: KafkaClientEvent) => void): () => void;
  /**
   * How this client is: ready to send calls, and why not, from what it has been told so far; nothing is asked of the
   * brokers. It says nothing about servers. `createHealthServer` of `@trpc-kafka/core/health` answers probes with it.
   */
  health(): HealthReport;
  /** What was done and seen so far. */
  counters(): ReturnType<Counters<KafkaClientCounter>['snapshot']>;
  /**
   * Takes no more calls, ends subscriptions, fails calls that were not sent, waits for those in flight, then disconnects.
   * Calls that have no outcome after `graceMs` fail with `CLIENT_CLOSED`, and their resolvers' signals are aborted.
   * @param options `graceMs`: @default until each call's own deadline
   * @throws KafkaTransportError with code `INVALID_OPTION` when `graceMs` is no time.
   */
  close(options?: { graceMs?: number }): Promise<void>;
  /** @internal */
  readonly [runtimeKey]: ClientRuntime;
}

/**
 * Connects to a service over Kafka. Returns at once and connects in the background, or with `lazy` when it is first
 * used; brokers need not be there yet.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 * @example
 * const kafkaClient = createKafkaClient({ kafka: new Kafka({ brokers }), service: 'flights', app: 'checkout' });
 * const client = createTRPCClient<AppRouter>({ links: [kafkaLink({ client: kafkaClient })] });
 */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  const runtime = createClientRuntime(options);
  return {
    service: runtime.service.name,
    ready: () => runtime.ready(),
    on: (listener) => runtime.events.on(listener),
    health: () => runtime.health.report(),
    counters: () => runtime.counters.snapshot(),
    async close({ graceMs } = {}) {
      assertWhole(graceMs, { name: 'graceMs', min: 0, max: 2 ** 31 - 1 });
      await runtime.close(graceMs);
    },
    [runtimeKey]: runtime,
  };
}

/** The working parts of a client. */
export function runtimeOf(client: KafkaClient): ClientRuntime {
  return client[runtimeKey];
}
