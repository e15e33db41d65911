/** The parts of a handler, put together: who reads, who runs, who answers. */
import type { AnyTRPCRouter } from '@trpc/server';
import type { KafkaService, TopicDescription, TransportLogger } from '@trpc-kafka/core';
import {
  abortableDelay,
  type CodecTable,
  type Counters,
  createInboxId,
  createSenderHeaders,
  defaultSensitiveHeaders,
  type EventHub,
  type Inbox,
  keepsAppendTime,
  type SenderHeaders,
  type TransportLease,
} from '@trpc-kafka/core/internal';
import { type CallRunner, createCallRunner } from '../calls/call-runner.js';
import { refuseCrowded } from '../calls/crowded-lane.js';
import { createDispatcher, type Dispatcher, defaultBounds, startsPerTurn } from '../calls/dispatcher.js';
import {
  createKnownOptions,
  createProcedureOptions,
  type ReadProcedureOptions,
} from '../calls/procedure-options.js';
import type { ServedCall } from '../calls/served-call.js';
import { openControlConsumer } from '../control/control-consumer.js';
import { createDiscovery, type Discovery, type DiscoveryOptions } from '../control/discovery.js';
import { createGatherIntake, type GatherIntake } from '../control/gather-intake.js';
import { duplicateDefaults } from '../duplicates/duplicate-defaults.js';
import {
  createDuplicateGuard,
  type DuplicateGuard,
  type DuplicateGuardOptions,
} from '../duplicates/duplicate-guard.js';
import type { OutcomeMemory } from '../duplicates/outcome.js';
import { withStore } from '../duplicates/outcome-store.js';
import { createOutcomeWindow } from '../duplicates/outcome-window.js';
import { createTopicOutcomes } from '../duplicates/topic-outcomes.js';
import { createDeadLetters } from '../one-way/dead-letter.js';
import { type OneWayConsumer, openOneWayConsumer } from '../one-way/one-way-consumer.js';
import { createOneWayRunner } from '../one-way/one-way-runner.js';
import type {
  CreateKafkaContextFn,
  KafkaHandlerCounter,
  KafkaHandlerEvent,
  KafkaHandlerSettings,
  OneWayOptions,
} from '../options.js';
import { createErrorReporter, type ErrorFacts, type ErrorReporter } from '../replies/error-reporter.js';
import { createReplier, type Replier } from '../replies/replier.js';
import { createReplyPolicy } from '../replies/reply-policy.js';
import { createReplySender } from '../replies/reply-sender.js';
import type { BatchLimit } from '../requests/batch-limit.js';
import { openRequestConsumer, type RequestConsumer } from '../requests/request-consumer.js';
import { type ClientStreams, createClientStreams } from '../streams/client-streams.js';
import { createStreamLimit } from '../streams/stream-limit.js';
import type { HandlerHealth } from './handler-health.js';
import type { InstanceLife } from './instance-life.js';
import { type LoadedGroup, loadOf } from './instance-load.js';

/** A handler's options, without the router's types: what is left of them at run time. */
export interface HandlerOptions extends KafkaHandlerSettings, BatchLimit {
  readonly router: AnyTRPCRouter;
  readonly createContext: CreateKafkaContextFn<AnyTRPCRouter> | undefined;
  readonly onError: ((facts: ErrorFacts) => unknown) | undefined;
}

/** What all parts share. */
export interface HandlerBase {
  readonly options: HandlerOptions;
  readonly service: KafkaService;
  readonly transport: TransportLease;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly events: EventHub<KafkaHandlerEvent>;
  readonly logger: TransportLogger;
  readonly life: InstanceLife;
  readonly health: HandlerHealth;
  /** What is read, and answered in. */
  readonly codecs: CodecTable;
}

/** The parts of a running handler. */
export interface HandlerParts {
  readonly control: Inbox;
  readonly requests: RequestConsumer;
  readonly oneWay: OneWayConsumer;
  readonly dispatcher: Dispatcher;
  readonly gathers: GatherIntake;
  readonly replier: Replier;
  readonly streams: ClientStreams;
  readonly outcomes: OutcomeMemory;
}

/** Opens everything a handler reads from. */
export function openHandlerParts(
  base: HandlerBase,
  topics: ReadonlyMap<string, TopicDescription>,
): HandlerParts {
  const { options, service, transport, counters, logger, codecs } = base;
  const emit = base.events.emit;
  const driver = base.health.follow(transport.driver);
  const reporter = createErrorReporter({ router: options.router, onError: options.onError, logger });
  const inboxId = createInboxId();
  let sender = createSenderHeaders(inboxId);
  const replier = openReplier(base, reporter, (codec) => sender(codec));
  let control: Inbox | undefined;
  const streams = createClientStreams({
    isCaughtUp: () => control?.isCaughtUp() === true,
    notify: (to, notice) => replier.notify(to, notice),
    counters,
    logger,
    emit,
  });
  const { router, createContext } = options;
  const maxStreams = options.maxStreams ?? 100_000;
  const limit = createStreamLimit({ maxStreams, counters, logger, emit });
  const outcomes = openOutcomes(base, topics, (codec) => sender(codec));
  const runner = guardRunner(base, {
    memory: outcomes,
    replier,
    runner: createCallRunner({ router, createContext, replier, streams, limit }),
  });
  const onDuplicate = (call: ServedCall): void => runner.met(call, 'running');
  let requests: RequestConsumer | undefined;
  const knownOptions = createKnownOptions(router);
  const dispatcher = createDispatcher({
    maxConcurrentCalls: options.maxConcurrentCalls ?? 1000,
    counters,
    rulesOf: (path) => knownOptions(path) ?? {},
    onCrowded: (call) => refuseCrowded(call, { replier, counters }),
    run: (call) => runner.run(call),
    onDuplicate,
    onExpired: (call) => replier.plain(call, { kind: 'expired', id: call.message.id, nowMs: Date.now() }),
    onPressure: (high) => requests?.setPaused(high),
    startsPerTurn,
  });
  const shared = { driver, codecs, counters, logger, emit, reporter };
  const { topic: controlTopic, partitions: controlPartitions } = service.topics.control;
  const readProcedureOptions = createProcedureOptions(options.router, logger);
  const judging = { clockSkewMs: options.clockSkewMs ?? 1000, interceptors: options.interceptors ?? [] };
  const controlReading = { ...judging, appendTime: keepsAppendTime(topics.get(controlTopic)) };
  const gathers = createGatherIntake({
    ...controlReading,
    router,
    codecs,
    counters,
    replier,
    readProcedureOptions,
    run: (call) => runner.run(call),
    maxConcurrentCalls: options.gather?.maxConcurrentCalls ?? 100,
  });
  const load = { dispatchers: [dispatcher, gathers.dispatcher], limit, groups: [] as LoadedGroup[] };
  control = openControlConsumer({
    ...shared,
    topic: controlTopic,
    partitions: topics.get(controlTopic)?.partitions ?? controlPartitions,
    inboxId,
    dispatcher,
    gathers,
    discovery: openDiscovery(base, { ...controlReading, replier, load: () => loadOf(load) }),
    streams,
  });
  sender = createSenderHeaders(inboxId, control.address);
  const reading = { ...shared, ...judging, batchLimit: options };
  const requestTopic = service.topics.requests.topic;
  requests = openRequestConsumer({
    ...reading,
    groupId: service.groupId,
    topic: requestTopic,
    appendTime: keepsAppendTime(topics.get(requestTopic)),
    dispatcher,
    replier,
    readProcedureOptions,
    knownOptions,
    isKnown: (call) => runner.isKnown(call),
    opening: outcomes,
  });
  const oneWay = openOneWay(base, {
    ...reading,
    runner,
    readProcedureOptions,
    knownOptions,
    topics,
    onDuplicate,
    opening: outcomes,
  });
  load.dispatchers.push(oneWay.dispatcher);
  load.groups.push(
    { topic: requestTopic, group: requests.group },
    { topic: service.topics.oneWay.topic, group: oneWay.group },
  );
  return { control, requests, oneWay, dispatcher, gathers, replier, streams, outcomes };
}

function openDiscovery(
  { options, service, counters, life }: HandlerBase,
  parts: Pick<DiscoveryOptions, 'appendTime' | 'clockSkewMs' | 'replier' | 'load'>,
): Discovery | undefined {
  if (options.discovery === false) return undefined;
  return createDiscovery({ ...parts, service: service.name, router: options.router, life, counters });
}

function openOutcomes(
  { options, service, transport, logger }: HandlerBase,
  topics: ReadonlyMap<string, TopicDescription>,
  sender: SenderHeaders,
): OutcomeMemory {
  const settings = duplicateDefaults(options.duplicates, service);
  const { store, ...bounds } = settings;
  if (store !== 'topic') {
    const window = createOutcomeWindow({ ...bounds, now: Date.now });
    return store === 'memory' ? window : withStore(window, store);
  }
  const { driver, batcher } = transport;
  const { topic, partitions } = service.topics.outcomes;
  return createTopicOutcomes({
    ...bounds,
    now: Date.now,
    driver,
    batcher,
    topic,
    partitions: topics.get(topic)?.partitions ?? partitions,
    sender,
    logger,
  });
}

function guardRunner(
  { options, service, counters, codecs, events, logger }: HandlerBase,
  parts: Pick<DuplicateGuardOptions, 'memory' | 'replier' | 'runner'>,
): DuplicateGuard {
  const { windowMs } = duplicateDefaults(options.duplicates, service);
  const scope = options.duplicates?.scope;
  const { emit } = events;
  return createDuplicateGuard({ ...parts, codecs, windowMs, scope, now: Date.now, counters, logger, emit });
}

function openReplier(base: HandlerBase, reporter: ErrorReporter, sender: SenderHeaders): Replier {
  const { options, service, transport, counters, logger, events } = base;
  const policy = createReplyPolicy({
    service,
    directory: transport.directory,
    allowedReplyTopics: options.allowedReplyTopics,
  });
  const replySender = createReplySender({
    batcher: transport.batcher,
    policy,
    interceptors: options.interceptors ?? [],
    maxMessageBytes: options.maxMessageBytes ?? 900_000,
    sender,
    counters,
    logger,
    emit: events.emit,
    reporter,
    onUnwritten: (...lost) => replier.unwritten(...lost),
  });
  const replier = createReplier(options.router, replySender, reporter);
  return replier;
}

type OneWayReading = Omit<
  Parameters<typeof openOneWayConsumer>[0],
  'groupId' | 'topic' | 'appendTime' | 'settings' | 'bounds' | 'runOneWay' | 'deadLetters'
> & {
  readonly runner: CallRunner;
  readonly readProcedureOptions: ReadProcedureOptions;
  readonly topics: ReadonlyMap<string, TopicDescription>;
};

function openOneWay(base: HandlerBase, reading: OneWayReading): OneWayConsumer {
  const { service, transport, counters, logger, events, options } = base;
  const { runner, readProcedureOptions, topics, ...shared } = reading;
  const { topic } = service.topics.oneWay;
  const settings = oneWayDefaults(options.oneWay);
  const deadLetters = createDeadLetters({
    topic: service.topics.deadLetter.topic,
    sensitiveHeaders: options.sensitiveHeaders ?? defaultSensitiveHeaders,
    batcher: transport.batcher,
    directory: transport.directory,
    delay: abortableDelay,
    counters,
    logger,
    emit: events.emit,
  });
  return openOneWayConsumer({
    ...shared,
    groupId: service.oneWayGroupId,
    topic,
    appendTime: keepsAppendTime(topics.get(topic)),
    settings,
    bounds: defaultBounds,
    deadLetters,
    readProcedureOptions,
    runOneWay: createOneWayRunner({
      runner,
      deadLetters,
      settings,
      readProcedureOptions,
      counters,
      delay: abortableDelay,
      random: Math.random,
    }),
  });
}

function oneWayDefaults(given: OneWayOptions | undefined): Required<OneWayOptions> {
  return {
    maxConcurrentCalls: given?.maxConcurrentCalls ?? 100,
    maxUncommitted: given?.maxUncommitted ?? 1000,
    attempts: given?.attempts ?? 5,
    initialDelayMs: given?.initialDelayMs ?? 200,
    maxDelayMs: given?.maxDelayMs ?? 30_000,
  };
}
