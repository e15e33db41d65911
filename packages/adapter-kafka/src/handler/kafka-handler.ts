/**
 * The handler: one server instance of a service.
 * Owns: the public face, starting until it succeeds, closing in order. The parts are put together in handler-parts.
 * Must not know: records, calls, streams.
 */
import type { AnyTRPCRouter } from '@trpc/server';
import {
  type HealthOptions,
  type HealthReport,
  isKafkaTransportError,
  KafkaTransportError,
  type TopicDescription,
} from '@trpc-kafka/core';
import {
  abortableDelay,
  acquireTransport,
  assertWhole,
  type Counters,
  createCodecTable,
  createCounters,
  createEventHub,
  ensureTopics,
  guardLogger,
  toKafkaService,
  untilAborted,
} from '@trpc-kafka/core/internal';
import { assertProcedureOptions } from '../calls/procedure-options.js';
import { duplicateDefaults } from '../duplicates/duplicate-defaults.js';
import {
  handlerCounterNames,
  type KafkaHandlerCounter,
  type KafkaHandlerEvent,
  type KafkaHandlerOptions,
} from '../options.js';
import { assertHandlerSettings } from './assert-handler-settings.js';
import { closeHandlerParts } from './close-handler.js';
import { createHandlerHealth } from './handler-health.js';
import {
  type HandlerBase,
  type HandlerOptions,
  type HandlerParts,
  openHandlerParts,
} from './handler-parts.js';
import { createInstanceLife } from './instance-life.js';
import { logDriverEvents } from './log-driver-events.js';
import { mendTopics } from './mend-topics.js';
import { serverTopics } from './server-topics.js';

/** A server instance. Made by {@link applyKafkaHandler}. */
export interface KafkaHandler {
  /**
   * Resolves when a call made now is answered: joined, positioned, producer connected; also when this instance was
   * given no partition. Waits for brokers that are not there yet; rejects with what trying again cannot cure.
   */
  ready(): Promise<void>;
  /**
   * Leaves its groups, hands subscriptions over, lets what runs finish for `graceMs`, aborts the rest and answers it with
   * `SERVICE_UNAVAILABLE`, after which another instance can be called; commits, disconnects.
   * @param options `graceMs`: @default 10000
   * @throws KafkaTransportError with code `INVALID_OPTION` when `graceMs` is no time.
   */
  close(options?: { graceMs?: number }): Promise<void>;
  /** Calls the listener for every state change; returns the remover. */
  on(listener: (event: KafkaHandlerEvent) => void): () => void;
  /**
   * How this instance is: ready, and why not, from what it has been told so far; nothing is asked of the brokers.
   * `createHealthServer` of `@trpc-kafka/core/health` answers probes with it.
   */
  health(options?: HealthOptions): HealthReport;
  /** What was done and seen so far. */
  counters(): ReturnType<Counters<KafkaHandlerCounter>['snapshot']>;
}

/**
 * Serves a router from Kafka. Returns at once and connects in the background.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 * @example
 * const handler = applyKafkaHandler({ kafka, service: 'flights', router: appRouter, createContext });
 * await handler.ready();
 * closeOnSignal(handler, { graceMs: 10_000 });
 */
export function applyKafkaHandler<TRouter extends AnyTRPCRouter>(
  opts: KafkaHandlerOptions<TRouter>,
): KafkaHandler {
  // The conditional types of tRPC's options end here: from now on the router is one known only at run time.
  const options = opts as unknown as HandlerOptions;
  assertHandlerSettings(options);
  assertProcedureOptions(options.router);
  const service = toKafkaService(options.service);
  duplicateDefaults(options.duplicates, service);
  const base: HandlerBase = {
    options,
    // First, since it may refuse the options: nothing is held then.
    codecs: createCodecTable(options.codecs ?? [], 'codecs'),
    service,
    transport: acquireTransport(options.kafka),
    counters: createCounters(handlerCounterNames),
    events: createEventHub<KafkaHandlerEvent>(),
    logger: guardLogger(options.logger),
    life: createInstanceLife(),
    health: createHandlerHealth(service.name),
  };
  const { driver } = base.transport;
  const removeDriverEvents = driver.on((event) => {
    base.health.note(event);
    base.events.emit({ type: 'driver', event });
  });
  const stopLogging = logDriverEvents(driver, base.logger);
  const { logger } = base;
  const stopMending =
    options.topics === 'require'
      ? () => {}
      : mendTopics({ driver, service, logger, topics: serverTopics(service, options) });
  const stopping = new AbortController();
  let parts: HandlerParts | undefined;
  // Whoever waits hears of a close at once, whatever the brokers do.
  const starting = untilAborted(
    startUntilReady(base, stopping.signal, (opened) => {
      parts = opened;
    }),
    stopping.signal,
  );
  // Whoever wants to know asks ready(); nobody asking is no unhandled rejection.
  starting.catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    base.logger.error({ err: error, service: base.service.name }, 'the handler did not start');
  });
  let closing: Promise<void> | undefined;

  async function close(graceMs: number): Promise<void> {
    base.life.state = 'draining';
    base.health.note({ type: 'draining' });
    base.events.emit({ type: 'closing' });
    stopping.abort(closedError(base));
    if (parts !== undefined) await closeHandlerParts(parts, base.transport.batcher, graceMs);
    await base.transport.release();
    removeDriverEvents();
    stopLogging();
    stopMending();
    base.health.note({ type: 'closed' });
    base.events.emit({ type: 'closed' });
  }

  return {
    ready: () => starting,
    async close({ graceMs = 10_000 } = {}) {
      assertWhole(graceMs, { name: 'graceMs', min: 0, max: maxGraceMs });
      closing ??= close(graceMs);
      await closing;
    },
    on: (listener) => base.events.on(listener),
    health: (options) => base.health.report(options),
    counters: () => base.counters.snapshot(),
  };
}

/** What a timer can count. */
const maxGraceMs = 2 ** 31 - 1;

/** Starts, and starts again while that can help. */
async function startUntilReady(
  base: HandlerBase,
  signal: AbortSignal,
  onOpened: (parts: HandlerParts | undefined) => void,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    let parts: HandlerParts | undefined;
    try {
      parts = await openParts(base, signal);
      onOpened(parts);
      await Promise.all([parts.control.ready, parts.requests.group.ready, parts.oneWay.group.ready]);
      if (!signal.aborted) base.life.state = 'ready';
      base.health.note({ type: 'started' });
      announce(base, parts);
      return;
    } catch (error) {
      if (signal.aborted) throw closedError(base);
      onOpened(undefined);
      if (parts !== undefined) await closeHandlerParts(parts, base.transport.batcher, 0);
      const again = isKafkaTransportError(error) && error.retryable;
      base.health.note({ type: 'start-failed', error: error as Error, again });
      if (!again) throw error;
      const retryInMs = Math.min(1000 * 2 ** attempt, 30_000);
      base.logger.warn(
        { err: error, service: base.service.name, retryInMs },
        'could not start; trying again',
      );
      await abortableDelay(retryInMs, signal);
    }
  }
}

async function openParts(base: HandlerBase, signal: AbortSignal): Promise<HandlerParts> {
  const { service, transport, options } = base;
  const { requests, oneWay, control } = service.topics;
  const [topics] = await Promise.all([
    ensureTopics(transport.driver, serverTopics(service, options), options.topics ?? 'create'),
    transport.driver.connect().then(() => base.health.note({ type: 'producer-connected' })),
  ]);
  if (signal.aborted) throw closedError(base);
  for (const { topic, partitions } of topics.values()) transport.directory.learn(topic, partitions);
  for (const { topic } of [requests, oneWay, control]) tellUnknownSettings(base, topics.get(topic));
  return openHandlerParts(base, topics);
}

/** Not an error: without append times deadlines go by the clocks of callers, as on topics that keep none. */
function tellUnknownSettings({ logger }: HandlerBase, description: TopicDescription | undefined): void {
  const { topic, configError } = description ?? {};
  if (configError === undefined) return;
  const message = 'the settings of a topic are not known: deadlines go by the clocks of callers';
  logger.warn({ err: configError, topic }, message);
}

function announce(base: HandlerBase, parts: HandlerParts): void {
  const partitions = parts.requests.group.assignment().length;
  base.events.emit({ type: 'ready', partitions });
  if (partitions > 0) return;
  const reason = `all partitions of ${base.service.topics.requests.topic} belong to other instances: this one waits. Add partitions, or run fewer instances`;
  base.logger.warn({ service: base.service.name }, reason);
  base.events.emit({ type: 'idle', reason });
}

function closedError(base: HandlerBase): KafkaTransportError {
  return new KafkaTransportError({
    code: 'CLIENT_CLOSED',
    message: `the handler of service ${base.service.name} was closed before it was ready`,
  });
}
