/** The working parts of a client, assembled: what starts calls, sends one-way calls, connects and closes. */
import { type DriverEvent, isKafkaTransportError, type KafkaService } from '@trpc-kafka/core';
import {
  assertWhole,
  type CodecTable,
  type Counters,
  callUser,
  createCodecTable,
  createCounters,
  createEventHub,
  createSenderHeaders,
  type EnvelopeCodec,
  type EventHub,
  expectNestedCalls,
  guardLogger,
  type Inbox,
  jsonEnvelopes,
  maxTimeoutMs,
  outsideOfCalls,
  replyTopicOf,
  type SenderHeaders,
  systemClock,
  type TransportLogger,
  toKafkaService,
  within,
} from '@trpc-kafka/core/internal';
import { clientClosed } from '../calls/call-errors.js';
import { assertNoServer, assertTimeout } from '../calls/call-options.js';
import { type CallStarter, createCallStarter } from '../calls/call-starter.js';
import { createServerPresence } from '../calls/server-presence.js';
import { helloQuestion } from '../gather/hello-question.js';
import { createServiceAsker, type Question, type ServiceAsker } from '../gather/service-asker.js';
import { createOneWaySender, type OneWaySender } from '../one-way/one-way-sender.js';
import {
  type ConnectionParams,
  clientCounterNames,
  type KafkaClientCounter,
  type KafkaClientEvent,
  type KafkaClientOptions,
  type KeepAliveOptions,
} from '../options.js';
import type { ReplyInbox, StrayReply } from '../replies/reply-inbox.js';
import { createAnsweringPartitions } from '../requests/answering-partitions.js';
import type { CallWriting } from '../requests/call-writer.js';
import { type ControlSender, createControlSender } from '../requests/control-sender.js';
import { createRequestSender } from '../requests/request-sender.js';
import { createServerStreams, type ServerStreams } from '../streams/server-streams.js';
import { createStreamLimit, type StreamLimit } from '../streams/stream-limit.js';
import { type ClientConnection, createClientConnection } from './client-connection.js';
import { type ClientHealth, createClientHealth } from './client-health.js';
import { type ClientShare, createClientShare } from './client-share.js';
import { connectClient } from './connect-client.js';
import { guardRetryDelay } from './guard-retry-delay.js';
import { readKeepAlive } from './keep-alive.js';
import { unreachableBrokersOf } from './unreachable-brokers.js';
import { createUseWatch, type UseWatch, unwatched } from './use-watch.js';

/** The working parts of a client, as links and emitters use them. */
export interface ClientRuntime {
  readonly service: KafkaService;
  readonly connection: ClientConnection;
  readonly events: EventHub<KafkaClientEvent>;
  readonly counters: Counters<KafkaClientCounter>;
  readonly calls: CallStarter;
  /** What a link's writer is made of. */
  readonly writing: CallWriting;
  readonly oneWay: OneWaySender;
  /** Asks all server instances of the service. */
  readonly asker: ServiceAsker;
  /** True when all that was written to this client's inbox has been read. */
  isCaughtUp(): boolean;
  /** The `trpc-kafka` header of its control records. */
  controlHeader(): string;
  /** What calls are written in. */
  readonly codec: EnvelopeCodec;
  readonly keepAlive: Required<KeepAliveOptions>;
  /** How many streams may be open. */
  readonly streamLimit: StreamLimit;
  /** Told of what lasts longer than a call. */
  readonly use: UseWatch;
  /** The client's back-off. Does not throw. */
  readonly retryDelayMs: (attemptIndex: number) => number;
  /** How long a part of a streamed result is waited for when the call says nothing else. */
  readonly idleTimeoutMs: number;
  readonly health: ClientHealth;
  isClosing(): boolean;
  /** Registers what is to end when the client closes; returns the remover. */
  onClosing(end: () => void): () => void;
  ready(): Promise<void>;
  close(graceMs?: number): Promise<void>;
}

/** Assembles a client and, unless it is lazy, begins to connect it. */
export function createClientRuntime(options: KafkaClientOptions): ClientRuntime {
  assertOptions(options);
  expectNestedCalls();
  const keepAlive = readKeepAlive(options.keepAlive);
  const service = toKafkaService(options.service);
  const codecs = createCodecTable(options.codec === undefined ? [] : [options.codec], 'codec');
  const codec = codecs.get(options.codec?.name ?? jsonEnvelopes.name)!;
  const base = createBase(options, service, codecs);
  const { share, connection, counters, events, logger, connectionParams } = base;
  const { transport, replies } = share;
  const lazy = options.lazy?.enabled === true;
  const health = createClientHealth({ service: service.name, connection, share, lazy });
  const sender = createSenderHeader(replies);
  const maxMessageBytes = options.maxMessageBytes ?? 900_000;
  const interceptors = options.interceptors ?? [];
  const answering = createAnsweringPartitions({ now: Date.now, random: Math.random });
  const requests = createRequestSender({
    transport,
    interceptors,
    maxMessageBytes,
    codec,
    answering: (topic) => (topic === service.topics.requests.topic ? answering : undefined),
    sender: () => sender(codec.name),
  });
  const controlHeader = (): string => sender(jsonEnvelopes.name);
  const control = createControlSender({
    transport,
    controlTopic: service.topics.control.topic,
    sender: controlHeader,
    onFailed: (error) =>
      logger.warn({ err: error, service: service.name }, 'a control message was not written'),
  });
  const use = watchUse(options, base, control);
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxPendingCalls = options.maxPendingCalls ?? 10_000;
  const common = { service, connection, counters, timeoutMs, use };
  const isCaughtUp = (): boolean => replies.current()?.isCaughtUp() === true;
  const streams = createServerStreams({
    ...keepAlive,
    isCaughtUp,
    renew: (server) => control.send({ kind: 'lease' }, server),
    recordsForAll: () =>
      transport.directory.known(service.topics.control.topic) ?? service.topics.control.partitions,
    random: Math.random,
  });
  share.whileHeld((_transport, inbox) => followServers(inbox, { service, streams, control }));
  const output = { batcher: transport.batcher, requests, connectionParams };
  const oneWay = createOneWaySender({ ...common, ...output, nextId: () => replies.calls.nextId() });
  const controlTopic = service.topics.control.topic;
  const asker = createServiceAsker({
    ...common,
    controlTopic,
    replies,
    batcher: transport.batcher,
    countPartitions: () => transport.directory.lookUp(controlTopic),
    control,
    maxPendingCalls,
  });
  const hello = (forMs: number): Question =>
    helloQuestion({ service: service.name, timeoutMs: forMs, wants: [], controlHeader });
  const presence = createServerPresence({
    // Asked for all calls: it must not take itself for a part of the one that was first.
    ask: (forMs, listener) => outsideOfCalls(() => asker.ask(hello(forMs), listener)),
    isCaughtUp,
    clock: systemClock,
  });
  const noServer = options.noServer ?? 'wait';
  const followers = { presence, streams, answering };
  const calls = createCallStarter({ ...common, ...followers, replies, maxPendingCalls, noServer, control });
  const closing = new Set<() => void>();
  let isClosing = false;
  let closed: Promise<void> | undefined;

  async function close(graceMs: number | undefined): Promise<void> {
    use.stop();
    oneWay.close();
    isClosing = true;
    health.enter('draining');
    for (const end of closing) callUser(end);
    const drained = Promise.all([calls.drain(), oneWay.drain(graceMs), asker.drain()]);
    await (graceMs === undefined ? drained : within(graceMs, drained));
    calls.giveUp();
    asker.giveUp();
    await drained;
    connection.close(clientClosed(`the client of service ${service.name}`));
    await share.giveBack(control.handedOver());
    streams.close();
    health.enter('closed');
    events.emit({ type: 'close' });
  }

  return {
    service,
    connection,
    events,
    counters,
    calls,
    writing: { ...output, maxMessageBytes, topic: service.topics.requests.topic },
    oneWay,
    asker,
    isCaughtUp,
    controlHeader,
    codec,
    keepAlive,
    retryDelayMs: base.retryDelayMs,
    streamLimit: createStreamLimit(options.maxStreams ?? 10_000),
    use,
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    health,
    isClosing: () => isClosing,
    onClosing(end) {
      closing.add(end);
      return () => closing.delete(end);
    },
    async ready() {
      use.begin();
      await connection.ready().finally(() => use.end());
    },
    close(graceMs) {
      closed ??= close(graceMs);
      return closed;
    },
  };
}

function assertOptions(options: KafkaClientOptions): void {
  const { timeoutMs, idleTimeoutMs, noServer, maxPendingCalls, maxStreams, maxMessageBytes, lazy } = options;
  assertTimeout(timeoutMs);
  assertNoServer(noServer);
  assertTimeout(idleTimeoutMs, { name: 'idleTimeoutMs', maxMs: maxTimeoutMs });
  assertWhole(maxPendingCalls, { name: 'maxPendingCalls' });
  assertWhole(maxStreams, { name: 'maxStreams' });
  assertWhole(maxMessageBytes, { name: 'maxMessageBytes' });
  assertWhole(lazy?.closeMs, { name: 'lazy.closeMs', min: 0, max: 2 ** 31 - 1 });
}

/** Connects a client that is not lazy, and of one that is says when it is used. */
function watchUse({ lazy }: KafkaClientOptions, base: ClientBase, control: ControlSender): UseWatch {
  const { share, connection, events } = base;
  if (lazy?.enabled !== true) {
    connection.whenOpen({ opened() {}, failed() {} });
    return unwatched;
  }
  // Taken once, so that a `kafka` that cannot be used is told at creation.
  void share.giveBack(Promise.resolve());
  return createUseWatch({
    closeMs: lazy.closeMs ?? 0,
    clock: systemClock,
    onUsed: () => share.take(),
    onIdle() {
      connection.disconnect();
      events.emit({ type: 'idle' });
      void share.giveBack(control.handedOver());
    },
  });
}

interface ClientBase {
  readonly share: ClientShare;
  readonly connection: ClientConnection;
  readonly counters: Counters<KafkaClientCounter>;
  readonly events: EventHub<KafkaClientEvent>;
  readonly logger: TransportLogger;
  readonly connectionParams: () => Readonly<Record<string, string>> | undefined;
  readonly retryDelayMs: (attemptIndex: number) => number;
}

/** What a client shares with others, how it connects, and what it tells of both. */
function createBase(options: KafkaClientOptions, service: KafkaService, codecs: CodecTable): ClientBase {
  const events = createEventHub<KafkaClientEvent>();
  const counters = createCounters(clientCounterNames);
  const logger = guardLogger(options.logger);
  let connectionParams: ConnectionParams;
  let troubled = false;
  const replyTopic = replyTopicOf(service, options.app);
  const share = createClientShare({
    kafka: options.kafka,
    replies: { topic: replyTopic, codec: options.codec, codecs },
  });
  const { transport, replies } = share;
  const retryDelayMs = guardRetryDelay(options.retryDelayMs);
  const mode = options.topics ?? 'create';
  const target = { transport, service, replies, mode, connectionParams: options.connectionParams };
  const connection = createClientConnection<ConnectionParams>({
    clock: systemClock,
    connect: (signal) => connectClient(target, signal),
    retryDelayMs,
    interruption: () => replies.interruption(),
    obstacle: () => unreachableBrokersOf(transport.driver).error(),
    isHopeless: (error) => isKafkaTransportError(error) && !error.retryable,
    onOpen(params) {
      connectionParams = params;
      if (troubled) logger.info({ service: service.name }, 'connected to Kafka again');
      troubled = false;
      events.emit({ type: 'open' });
      callUser(() => options.onOpen?.());
    },
    onClose(cause) {
      if (cause === undefined) {
        callUser(() => options.onClose?.());
        return;
      }
      troubled = true;
      logger.warn({ err: cause, service: service.name }, 'lost the brokers that replies are read from');
      events.emit({ type: 'lost', error: cause });
      callUser(() => options.onClose?.(cause));
    },
    onFailed(error, retryInMs) {
      troubled = true;
      logger.warn({ err: error, service: service.name, retryInMs }, 'could not connect to Kafka');
      events.emit({ type: 'connect-failed', error, retryInMs });
      callUser(() => options.onError?.(error));
    },
  });

  share.whileHeld(({ driver }, inbox) => {
    unreachableBrokersOf(driver);
    return all(
      inbox.onInterruption((error) => {
        if (error === undefined) connection.returned();
        else connection.lost(error);
      }),
      driver.on((event) => {
        if (event.type === 'inbox-position-lost' && event.topic === replyTopic.topic)
          tellLostReplies(event, logger);
        events.emit({ type: 'driver', event });
      }),
      inbox.onStray((stray) => tellStray(stray, { counters, logger, events })),
    );
  });
  return {
    share,
    connection,
    counters,
    events,
    logger,
    retryDelayMs,
    connectionParams: () => connectionParams ?? undefined,
  };
}

/** The servers of a client's streams, as its inbox hears of them. */
function followServers(
  inbox: ReplyInbox,
  {
    service,
    streams,
    control,
  }: Pick<ClientRuntime, 'service'> & { streams: ServerStreams; control: ControlSender },
): () => void {
  return all(
    inbox.onServer({
      heard: (inboxId) => streams.heard(inboxId),
      leaving: (inboxId) => streams.leaving(inboxId),
    }),
    inbox.onStray(({ late }) => {
      // A stream that started when its caller had given up would run for as long as this client lives.
      const { message, server } = late ?? {};
      if (message?.kind !== 'started' || server?.topic !== service.topics.control.topic) return;
      control.send({ kind: 'cancel', id: message.id }, server);
    }),
  );
}

/** One remover for several. */
function all(...removers: readonly (() => void)[]): () => void {
  return () => {
    for (const remove of removers) remove();
  };
}

function tellStray(
  { record, reason, detail }: StrayReply,
  { counters, logger, events }: Pick<ClientBase, 'counters' | 'logger' | 'events'>,
): void {
  const { topic, partition, offset } = record;
  counters.add(reason === 'late' ? 'lateReplies' : 'unreadableReplies');
  logger.debug({ topic, partition, offset, reason }, `a reply was dropped: ${detail}`);
  events.emit({ type: 'stray-reply', reason, detail, position: { topic, partition, offset } });
}

/** Nobody can tell whose they were. */
function tellLostReplies(
  { topic, partition, lostOffset, resumedAt }: Extract<DriverEvent, { type: 'inbox-position-lost' }>,
  logger: TransportLogger,
): void {
  const place = { topic, partition, lostOffset, resumedAt };
  logger.error(
    place,
    'replies are gone that were not yet read: the calls that wait for them run to their deadlines',
  );
}

/** The header of this client's records: without a place to reply to until its inbox is open. */
function createSenderHeader(replies: ReplyInbox): SenderHeaders {
  let known:
    | { readonly inboxId: string; readonly inbox: Inbox | undefined; readonly headers: SenderHeaders }
    | undefined;
  return (codec) => {
    const inbox = replies.current();
    const { inboxId } = replies;
    if (known?.inboxId !== inboxId || known.inbox !== inbox) {
      known = { inboxId, inbox, headers: createSenderHeaders(inboxId, inbox?.address) };
    }
    return known.headers(codec);
  };
}
