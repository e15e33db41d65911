/** The working parts of a client, assembled: what starts calls, sends one-way calls, connects and closes. */
import { isKafkaTransportError, type KafkaService } from '@trpc-kafka/core';
import {
  acquireTransport,
  assertWhole,
  type Counters,
  callUser,
  createCounters,
  createEventHub,
  type EventHub,
  formatSender,
  guardLogger,
  type Inbox,
  once,
  replyTopicOf,
  systemClock,
  type TransportLease,
  type TransportLogger,
  toKafkaService,
  within,
} from '@trpc-kafka/core/internal';
import { clientClosed } from '../calls/call-errors.js';
import { assertTimeout } from '../calls/call-options.js';
import { type CallStarter, createCallStarter } from '../calls/call-starter.js';
import { createOneWaySender, type OneWaySender } from '../one-way/one-way-sender.js';
import {
  type ConnectionParams,
  clientCounterNames,
  defaultRetryDelayMs,
  type KafkaClientCounter,
  type KafkaClientEvent,
  type KafkaClientOptions,
  type KeepAliveOptions,
} from '../options.js';
import { acquireReplyInbox, type ReplyInbox, type ReplyInboxLease } from '../replies/reply-inbox.js';
import type { CallWriting } from '../requests/call-writer.js';
import { createControlSender } from '../requests/control-sender.js';
import { createRequestSender } from '../requests/request-sender.js';
import { createServerStreams } from '../streams/server-streams.js';
import { type ClientConnection, createClientConnection } from './client-connection.js';
import { connectClient } from './connect-client.js';
import { guardRetryDelay } from './guard-retry-delay.js';
import { readKeepAlive } from './keep-alive.js';
import { createUnreachableBrokers } from './unreachable-brokers.js';

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
  readonly keepAlive: Required<KeepAliveOptions>;
  /** The client's back-off. Does not throw. */
  readonly retryDelayMs: (attemptIndex: number) => number;
  /** Registers what is to end when the client closes; returns the remover. */
  onClosing(end: () => void): () => void;
  close(): Promise<void>;
}

/** Assembles a client and begins to connect it. */
export function createClientRuntime(options: KafkaClientOptions): ClientRuntime {
  assertTimeout(options.timeoutMs);
  assertWhole(options.maxPendingCalls, { name: 'maxPendingCalls' });
  assertWhole(options.maxMessageBytes, { name: 'maxMessageBytes' });
  const keepAlive = readKeepAlive(options.keepAlive);
  const service = toKafkaService(options.service);
  const base = createBase(options, service);
  const { transport, replies, connection, counters, events, logger, connectionParams } = base;
  const { batcher } = transport;
  const sender = createSenderHeader(replies);
  const maxMessageBytes = options.maxMessageBytes ?? 900_000;
  const interceptors = options.interceptors ?? [];
  const requests = createRequestSender({ transport, interceptors, maxMessageBytes, sender });
  const control = createControlSender({
    transport,
    controlTopic: service.topics.control.topic,
    sender,
    onFailed: (error) =>
      logger.warn({ err: error, service: service.name }, 'a control message was not written'),
  });
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxPendingCalls = options.maxPendingCalls ?? 10_000;
  const common = { service, connection, counters, timeoutMs };
  const streams = createServerStreams({
    ...keepAlive,
    isCaughtUp: () => replies.current()?.isCaughtUp() === true,
    renew: (server) => control.send({ kind: 'lease' }, server),
    random: Math.random,
  });
  const removeServers = replies.onServer({
    heard: (inboxId) => streams.heard(inboxId),
    leaving: (inboxId) => streams.leaving(inboxId),
  });
  const removeOrphans = replies.onStray(({ late }) => {
    // A stream that started when its caller had given up would run for as long as this client lives.
    const { message, server } = late ?? {};
    if (message?.kind !== 'started' || server?.topic !== service.topics.control.topic) return;
    control.send({ kind: 'cancel', id: message.id }, server);
  });
  const calls = createCallStarter({ ...common, replies, maxPendingCalls, control, streams });
  const output = { batcher, requests, connectionParams };
  const oneWay = createOneWaySender({ ...common, ...output, nextId: () => replies.calls.nextId() });
  const closing = new Set<() => void>();
  connection.whenOpen({ opened() {}, failed() {} });
  return {
    service,
    connection,
    events,
    counters,
    calls,
    writing: { ...output, maxMessageBytes, topic: service.topics.requests.topic },
    oneWay,
    keepAlive,
    retryDelayMs: guardRetryDelay(options.retryDelayMs),
    onClosing(end) {
      closing.add(end);
      return () => closing.delete(end);
    },
    close: once(async () => {
      oneWay.close();
      for (const end of closing) callUser(end);
      await calls.drain();
      connection.close(clientClosed(`the client of service ${service.name}`));
      await oneWay.drain();
      // What is left are cancels and credit, which nobody waits for.
      await within(1000, batcher.drain());
      streams.close();
      removeServers();
      removeOrphans();
      base.removeListeners();
      await replies.release();
      await transport.release();
      events.emit({ type: 'close' });
    }),
  };
}

interface ClientBase {
  readonly transport: TransportLease;
  readonly replies: ReplyInboxLease;
  readonly connection: ClientConnection;
  readonly counters: Counters<KafkaClientCounter>;
  readonly events: EventHub<KafkaClientEvent>;
  readonly logger: TransportLogger;
  readonly connectionParams: () => Readonly<Record<string, string>> | undefined;
  readonly removeListeners: () => void;
}

/** What a client shares with others, and how it connects. */
function createBase(options: KafkaClientOptions, service: KafkaService): ClientBase {
  const transport = acquireTransport(options.kafka);
  const replies = acquireReplyInbox(transport, replyTopicOf(service, options.app));
  const events = createEventHub<KafkaClientEvent>();
  const counters = createCounters(clientCounterNames);
  const logger = guardLogger(options.logger);
  const unreachable = createUnreachableBrokers();
  let connectionParams: ConnectionParams;
  const mode = options.topics ?? 'create';
  const target = { transport, service, replies, mode, connectionParams: options.connectionParams };
  const connection = createClientConnection<ConnectionParams>({
    clock: systemClock,
    connect: (signal) => connectClient(target, signal),
    retryDelayMs: options.retryDelayMs ?? defaultRetryDelayMs,
    interruption: () => replies.interruption(),
    obstacle: () => unreachable.error(),
    isHopeless: (error) => isKafkaTransportError(error) && !error.retryable,
    onOpen: (params) => {
      connectionParams = params;
      events.emit({ type: 'open' });
      callUser(() => options.onOpen?.());
    },
    onClose: (cause) => {
      if (cause === undefined) {
        callUser(() => options.onClose?.());
        return;
      }
      logger.warn({ err: cause, service: service.name }, 'lost the brokers that replies are read from');
      events.emit({ type: 'lost', error: cause });
      callUser(() => options.onClose?.(cause));
    },
    onFailed: (error, retryInMs) => {
      logger.warn({ err: error, service: service.name, retryInMs }, 'could not connect to Kafka');
      events.emit({ type: 'connect-failed', error, retryInMs });
      callUser(() => options.onError?.(error));
    },
  });
  const stopFollowing = replies.onInterruption((error) => {
    if (error === undefined) connection.returned();
    else connection.lost(error);
  });
  const removeDriverEvents = transport.driver.on((event) => {
    unreachable.note(event);
    events.emit({ type: 'driver', event });
  });
  const removeStrays = replies.onStray(({ record, reason, detail }) => {
    const { topic, partition, offset } = record;
    counters.add(reason === 'late' ? 'lateReplies' : 'unreadableReplies');
    logger.debug({ topic, partition, offset, reason }, `a reply was dropped: ${detail}`);
    events.emit({ type: 'stray-reply', reason, detail, position: { topic, partition, offset } });
  });
  return {
    transport,
    replies,
    connection,
    counters,
    events,
    logger,
    removeListeners: () => {
      removeStrays();
      removeDriverEvents();
      stopFollowing();
    },
    connectionParams: () => connectionParams ?? undefined,
  };
}

/** The header of this client's records: without a place to reply to until its inbox is open. */
function createSenderHeader(replies: ReplyInbox): () => string {
  const anonymous = formatSender(replies.inboxId);
  let known: { inbox: Inbox; header: string } | undefined;
  return () => {
    const inbox = replies.current();
    if (inbox === undefined) return anonymous;
    if (known?.inbox !== inbox) known = { inbox, header: formatSender(replies.inboxId, inbox.address) };
    return known.header;
  };
}
