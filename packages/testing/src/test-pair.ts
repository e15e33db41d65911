/** The pair: a broker, a handler that serves a router, and a client that calls it. */
import { createTRPCClient, type TRPCClient, TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { applyKafkaHandler, type KafkaHandler, type KafkaHandlerOptions } from '@trpc-kafka/adapter';
import { type KafkaService, KafkaTransportError } from '@trpc-kafka/core';
import { assertWhole, once, toKafkaService, within } from '@trpc-kafka/core/internal';
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import {
  createKafkaClient,
  createKafkaEmitter,
  type KafkaClient,
  type KafkaEmitter,
  type KafkaEmitterOptions,
  type KafkaLinkOptions,
  kafkaLink,
} from '@trpc-kafka/link';
import { Kafka, logLevel } from 'kafkajs';
import { type CallsInFlight, createCallsInFlight } from './calls-in-flight.js';
import type { TestPairOptions, TestPairSettings } from './options.js';
import { assertBrokerOpen, whenPairReady } from './pair-start.js';
import { defineTestService } from './test-service.js';

/** A router that is served and called over Kafka. Made by {@link createTestPair}. */
export interface TestPair<TRouter extends AnyTRPCRouter> extends AsyncDisposable {
  /** Calls the router, as any tRPC client of it. */
  readonly client: TRPCClient<TRouter>;
  /** Sends the router's mutations one way. It has the link's headers where they are texts and no function. */
  readonly emitter: KafkaEmitter<TRouter['_def']['record']>;
  /** What `client` and `emitter` share: events, counters; more links can be made of it. */
  readonly kafkaClient: KafkaClient;
  /** Serves the router: events, counters; `close()` on it is a server that goes away. */
  readonly handler: KafkaHandler;
  /** The broker, with its `faults`, `cluster` and `requests`. */
  readonly broker: DevBroker;
  /** The service both sides use: its topics, its groups. */
  readonly service: KafkaService;
  /** Makes one more kafkajs instance on the broker. Whoever makes a client or handler of it closes that. */
  createKafka(): Kafka;
  /**
   * Closes client, handler and, unless it was given, the broker. Nothing is left behind, and closing again does nothing.
   * Procedures that run longer than `graceMs` are aborted; a call whose procedure does not even end then fails with
   * `CLIENT_CLOSED` about two seconds later.
   */
  close(): Promise<void>;
}

/**
 * Serves a router and connects a client to it, over Kafka's protocol and the transport as it is in production; it
 * resolves when both are ready, some tens of milliseconds later.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION`; `BROKERS_UNREACHABLE` where a broker that was given is closed;
 * `TIMEOUT` after `readyTimeoutMs`; what handler or client say of a start that cannot succeed.
 * Nothing is left behind then.
 * @example
 * await using pair = await createTestPair({ router: appRouter, createContext: () => ({ db }) });
 * expect(await pair.client.ping.query()).toBe('pong');
 */
export async function createTestPair<TRouter extends AnyTRPCRouter>(
  opts: TestPairOptions<TRouter>,
): Promise<TestPair<TRouter>> {
  // The conditional types of tRPC's options end here: from now on the router is one known only at run time.
  const options = opts as unknown as PairOptions<TRouter>;
  assertOneBroker(options);
  assertWhole(options.readyTimeoutMs, { name: 'readyTimeoutMs', max: 2 ** 31 - 1 });
  if (options.broker !== undefined) await assertBrokerOpen(options.broker);
  const service = options.service === undefined ? defineTestService() : toKafkaService(options.service);
  const broker = options.broker ?? (await createDevBroker(options.brokerOptions));
  const ends: (() => Promise<void>)[] = [];
  const close = once(async () => {
    // Both at once: the client waits for calls in flight, and the handler that aborts them answers them.
    const ended = await Promise.allSettled(ends.map((end) => end()));
    if (options.broker === undefined) await broker.close();
    for (const each of ended) if (each.status === 'rejected') throw each.reason;
  });
  try {
    const sides = await openSides({ options, service, broker, ends });
    return { ...sides, broker, service, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    // Why it did not start says more than why it did not stop.
    await Promise.allSettled([close()]);
    throw error;
  }
}

interface PairOptions<TRouter extends AnyTRPCRouter> extends TestPairSettings {
  readonly router: TRouter;
  readonly broker?: DevBroker;
  readonly brokerOptions?: Parameters<typeof createDevBroker>[0];
  readonly onError?: unknown;
  readonly createContext?: unknown;
  readonly transformer?: unknown;
}

interface Surroundings<TRouter extends AnyTRPCRouter> {
  readonly options: PairOptions<TRouter>;
  readonly service: KafkaService;
  readonly broker: DevBroker;
  /** Where what was opened says how it is closed. */
  readonly ends: (() => Promise<void>)[];
}

type Sides<TRouter extends AnyTRPCRouter> = Pick<
  TestPair<TRouter>,
  'client' | 'emitter' | 'kafkaClient' | 'handler' | 'createKafka'
>;

async function openSides<TRouter extends AnyTRPCRouter>(
  surroundings: Surroundings<TRouter>,
): Promise<Sides<TRouter>> {
  const { options, service, broker, ends } = surroundings;
  const createKafka = (): Kafka =>
    new Kafka({ logLevel: logLevel.NOTHING, ...options.kafkajs, brokers: [...broker.brokers] });
  const handler = serve(options, { kafka: createKafka(), service });
  const closeHandler = once(() => handler.close({ graceMs: options.graceMs ?? 0 }));
  ends.push(closeHandler);
  const kafkaClient = createKafkaClient({ ...options.client, kafka: createKafka(), service });
  const calls = createCallsInFlight<TRouter>();
  ends.push(() => closeClient({ kafkaClient, calls, handlerClosed: closeHandler() }));
  const callers = createCallers(options, kafkaClient, calls);
  const timeoutMs = options.readyTimeoutMs ?? 10_000;
  await whenPairReady({ handler, kafkaClient, brokers: broker.brokers, timeoutMs });
  return { ...callers, kafkaClient, handler, createKafka };
}

function serve<TRouter extends AnyTRPCRouter>(
  { handler, router, onError, createContext }: PairOptions<TRouter>,
  at: { kafka: Kafka; service: KafkaService },
): KafkaHandler {
  const given = { ...handler, ...at, router, onError, createContext };
  return applyKafkaHandler(given as unknown as KafkaHandlerOptions<TRouter>);
}

/** How long answers may be on their way when the handler is closed. */
const lastAnswersMs = 1000;

/** The client itself would wait for every call until its deadline. */
async function closeClient<TRouter extends AnyTRPCRouter>(closing: {
  kafkaClient: KafkaClient;
  calls: CallsInFlight<TRouter>;
  handlerClosed: Promise<void>;
}): Promise<void> {
  const closed = closing.kafkaClient.close();
  await Promise.allSettled([closing.handlerClosed]);
  await within(lastAnswersMs, closed);
  closing.calls.failAll(({ type, path }) => {
    const message = `the pair was closed, and the ${type} ${path} did not end when it was aborted; let it listen to its signal, or give it time with graceMs`;
    return TRPCClientError.from(new KafkaTransportError({ code: 'CLIENT_CLOSED', message }));
  });
  await closed;
}

function createCallers<TRouter extends AnyTRPCRouter>(
  { headers, transformer }: PairOptions<TRouter>,
  client: KafkaClient,
  calls: CallsInFlight<TRouter>,
): Pick<TestPair<TRouter>, 'client' | 'emitter'> {
  const linkOptions = { client, transformer, headers } as unknown as KafkaLinkOptions<TRouter>;
  const texts = typeof headers === 'function' ? undefined : headers;
  const emitterOptions = { client, transformer, headers: texts } as unknown as KafkaEmitterOptions<TRouter>;
  return {
    client: createTRPCClient<TRouter>({ links: [calls.link, kafkaLink<TRouter>(linkOptions)] }),
    emitter: createKafkaEmitter<TRouter>(emitterOptions),
  };
}

function assertOneBroker({ broker, brokerOptions }: PairOptions<AnyTRPCRouter>): void {
  if (broker === undefined || brokerOptions === undefined) return;
  throw new KafkaTransportError({
    code: 'INVALID_OPTION',
    message:
      'in createTestPair: brokerOptions are for a broker of its own, but a broker was given; give those options to createDevBroker',
  });
}
