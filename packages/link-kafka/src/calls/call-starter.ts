/** Starts two-way calls: checks, registers, waits for the connection, has them written. */
import type { KafkaService, RecordPosition } from '@trpc-kafka/core';
import type { Counters, InboxAddress } from '@trpc-kafka/core/internal';
import type { ClientConnection, ConnectionWaiter } from '../client/client-connection.js';
import type { UseWatch } from '../client/use-watch.js';
import type { KafkaClientCounter } from '../options.js';
import type { ReplyInbox } from '../replies/reply-inbox.js';
import type { AnsweringPartitions } from '../requests/answering-partitions.js';
import type { CallWriter, WritableCall } from '../requests/call-writer.js';
import type { ControlSender } from '../requests/control-sender.js';
import type { ServerStreams } from '../streams/server-streams.js';
import { clientClosed, noServerError, timeoutError, tooManyPending } from './call-errors.js';
import type { NoServer } from './call-options.js';
import { type CallListener, type CallOwner, PendingCall } from './pending-call.js';
import { answerMs, type PresenceWaiter, type ServerPresence } from './server-presence.js';
import { type CallKeeper, createStartedCall, type StartedCall } from './started-call.js';

/** A call to be made. */
export interface CallRequest extends WritableCall {
  /** The link's: decides which calls share a record. */
  readonly writer: CallWriter;
  readonly listener: CallListener;
}

/** Starts calls. */
export interface CallStarter {
  /** Errors reach the request's listener, also those found at once; then there is nothing to be done with the call. */
  start(request: CallRequest): StartedCall | undefined;
  /** Takes no more calls, fails those not yet sent, resolves when those in flight are settled. */
  drain(): Promise<void>;
  /** Fails the calls that are left and tells their servers, so that resolvers do not work for nobody. */
  giveUp(): void;
}

/** What a call starter works with. */
export interface CallStarterOptions {
  readonly service: KafkaService;
  readonly replies: ReplyInbox;
  readonly connection: ClientConnection;
  /** Told when calls are under way and when none is. */
  readonly use: UseWatch;
  readonly counters: Counters<KafkaClientCounter>;
  readonly timeoutMs: number;
  /** Of calls that say nothing else. */
  readonly noServer: NoServer;
  /** Told of every answer. */
  readonly presence: ServerPresence;
  readonly maxPendingCalls: number;
  readonly control: ControlSender;
  readonly streams: ServerStreams;
  /** Told what is sent and answered. */
  readonly answering: AnsweringPartitions;
}

/** Makes a call starter. */
export function createCallStarter(options: CallStarterOptions): CallStarter {
  return new CallStarterImpl(options);
}

class CallStarterImpl implements CallStarter, CallOwner, CallKeeper {
  /** The calls of this client; the table is shared with clients of other services. */
  private readonly own = new Set<PendingCall>();
  /** Those of them that have become streams, which may last for days. */
  private begunCalls = 0;
  private readonly idleWaiters: (() => void)[] = [];
  /** What takes a call out of where it waits: for the connection, or for a server. */
  private readonly waiting = new Map<PendingCall, () => void>();
  private draining = false;
  readonly parts: CallStarterOptions;

  constructor(parts: CallStarterOptions) {
    this.parts = parts;
  }

  start(request: CallRequest): StartedCall | undefined {
    const refusal = this.refusal(request);
    if (refusal !== undefined) {
      request.listener.failed(refusal);
      return undefined;
    }
    const call = this.register(request);
    const { connection } = this.parts;
    if (connection.isOpen()) this.sendOpen(call, request);
    else this.sendWhenOpen(call, request);
    return createStartedCall(call, this);
  }

  async drain(): Promise<void> {
    this.draining = true;
    for (const call of this.own) {
      if (!call.mayBeKnown) call.failed(clientClosed(`${call.type} ${call.path} was not sent`));
    }
    if (this.own.size > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  giveUp(): void {
    for (const call of this.own) {
      if (call.mayBeKnown) this.sendCancel(call);
      call.failed(clientClosed(`${call.type} ${call.path} had no outcome by the end of graceMs`));
    }
  }

  settle(call: PendingCall): void {
    this.parts.replies.calls.remove(call);
    if (call.server !== undefined) this.parts.streams.closed(call);
    this.stopWaiting(call);
    if (!this.own.delete(call)) return;
    if (call.hasBegun) this.begunCalls--;
    if (this.own.size > 0) return;
    this.parts.use.end();
    for (const wake of this.idleWaiters.splice(0)) wake();
  }

  abandon(call: PendingCall): void {
    if (call.settled) return;
    this.settle(call);
    if (call.mayBeKnown) this.sendCancel(call);
  }

  begun(call: PendingCall): void {
    if (call.settled || call.hasBegun) return;
    call.hasBegun = true;
    this.begunCalls++;
  }

  sent({ partition }: RecordPosition): void {
    this.parts.answering.sent(partition);
  }

  answered(sentTo: RecordPosition | undefined): void {
    this.parts.presence.seen();
    if (sentTo !== undefined) this.parts.answering.answered(sentTo.partition);
  }

  turnAway(call: PendingCall, server: InboxAddress): void {
    this.parts.counters.add('cancels');
    this.parts.control.send({ kind: 'cancel', id: call.id }, server);
  }

  timeoutError(call: PendingCall): Error {
    const { service, replies, connection, counters, presence } = this.parts;
    counters.add('timeouts');
    return timeoutError(call, {
      requestTopic: service.topics.requests.topic,
      groupId: service.groupId,
      inbox: replies.current()?.address,
      connectError: connection.lastError(),
      serverSeenMs: presence.seenMs(),
      nowMs: Date.now(),
    });
  }

  private refusal(request: CallRequest): Error | undefined {
    if (this.draining) return clientClosed(`${request.type} ${request.path}`);
    const { maxPendingCalls } = this.parts;
    const waiting = this.own.size - this.begunCalls;
    return waiting >= maxPendingCalls ? tooManyPending(maxPendingCalls) : undefined;
  }

  private register(request: CallRequest): PendingCall {
    const { counters, replies } = this.parts;
    // Before anything is asked of `replies`: a client that was idle takes them anew.
    if (this.own.size === 0) this.parts.use.begin();
    counters.add('calls');
    const { type, path, listener, inherited } = request;
    const nowMs = Date.now();
    const ownMs = request.options.timeoutMs ?? this.parts.timeoutMs;
    // Nobody can use an answer that comes later than the caller of the resolver waits.
    const leftMs = inherited?.deadlineMs === undefined ? ownMs : Math.max(1, inherited.deadlineMs - nowMs);
    const timeoutMs = Math.min(ownMs, leftMs);
    const deadlineMs = nowMs + timeoutMs;
    const call = new PendingCall({
      id: replies.calls.nextId(),
      type,
      path,
      timeoutMs,
      deadlineMs,
      deadlineOf: leftMs < ownMs ? inherited?.path : undefined,
      listener,
      owner: this,
    });
    this.own.add(call);
    replies.calls.add(call);
    return call;
  }

  private sendWhenOpen(call: PendingCall, request: CallRequest): void {
    const waiter: ConnectionWaiter = {
      opened: () => {
        this.waiting.delete(call);
        this.sendOpen(call, request);
      },
      failed: (error) => call.failed(error),
    };
    this.waiting.set(call, () => this.parts.connection.forget(waiter));
    this.parts.connection.whenOpen(waiter);
  }

  private sendOpen(call: PendingCall, request: CallRequest): void {
    const { noServer, presence } = this.parts;
    if ((request.options.noServer ?? noServer) === 'wait' || presence.isThere()) this.send(call, request);
    else this.sendWhenServed(call, request);
  }

  /** Not written meanwhile: a server that starts later would run what its caller was told has failed. */
  private sendWhenServed(call: PendingCall, request: CallRequest): void {
    const { presence } = this.parts;
    const waiter: PresenceWaiter = {
      there: () => {
        this.waiting.delete(call);
        this.send(call, request);
      },
      nobody: () => call.failed(this.noServerError(call)),
      failed: (error) => call.failed(error),
    };
    this.waiting.set(call, () => presence.forget(waiter));
    presence.ask(waiter);
  }

  private noServerError(call: PendingCall): Error {
    const { service, presence } = this.parts;
    return noServerError(call, {
      service: service.name,
      groupId: service.groupId,
      controlTopic: service.topics.control.topic,
      answerMs,
      serverSeenMs: presence.seenMs(),
      nowMs: Date.now(),
    });
  }

  /** Brokers may be away for days: a call whose time is up must leave nothing behind. */
  private stopWaiting(call: PendingCall): void {
    const forget = this.waiting.get(call);
    if (forget === undefined) return;
    this.waiting.delete(call);
    forget();
  }

  private send(call: PendingCall, request: CallRequest): void {
    try {
      const waits = request.writer.write(call, request);
      if (waits instanceof Promise) waits.catch((error: Error) => call.failed(error));
    } catch (error) {
      call.failed(error as Error);
    }
  }

  private sendCancel(call: PendingCall): void {
    this.parts.counters.add('cancels');
    this.parts.control.send({ kind: 'cancel', id: call.id }, call.server);
  }
}
