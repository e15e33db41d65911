/**
 * Streams: a subscription as its subscriber sees it, over any number of streams one after another.
 * Owns: opening a stream anew when it is lost, handing over to another server before it is, leaving out events that come twice.
 * Must not know: how calls are written, how the messages of one stream are put in order.
 */
import { TRPCClientError } from '@trpc/client';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { isKafkaTransportError } from '@trpc-kafka/core';
import { callUser, type ErrorMessage } from '@trpc-kafka/core/internal';
import type {
  OperationError,
  OperationObserver,
  OperationRequest,
  OperationStart,
} from '../operations/operation.js';
import { type KafkaReplyMeta, readData, readError } from '../operations/transform-response.js';
import { createDeliveredEvents } from './delivered-events.js';
import { followPace } from './stream-pace.js';
import { type StreamItem, StreamReader, type StreamSubscriber } from './stream-reader.js';
import { type SubscriptionStates, tellStates } from './subscription-states.js';

/** A subscription under way. */
export class Subscription implements StreamSubscriber {
  /** The stream that is delivered. */
  private current: StreamReader | undefined = undefined;
  /** The one that is being opened. */
  private next: StreamReader | undefined = undefined;
  private reopening: NodeJS.Timeout | undefined = undefined;
  private attempt = 0;
  private everStarted = false;
  /** The subscriber is to be told of the next start: of the first, and of one after a loss, but not of a hand-over. */
  private tellsStart = true;
  /** Where the start of the stream that is delivered was read. */
  private startMeta: KafkaReplyMeta | undefined = undefined;
  private itemsDelivered = false;
  private ended = false;
  private readonly events = createDeliveredEvents();
  /** Delivered, but not yet taken by a reader with a pace of its own. */
  private readonly untaken: { readonly reader: StreamReader; readonly item: StreamItem }[] = [];
  private readonly stopPace: (() => void) | undefined;
  private readonly states: SubscriptionStates;
  private readonly start: OperationStart;
  private readonly request: OperationRequest;
  private readonly observer: OperationObserver;

  /** @throws KafkaTransportError `INVALID_OPTION` when its pace is another's. */
  constructor(start: OperationStart, request: OperationRequest) {
    this.start = start;
    this.request = request;
    this.observer = start.observer;
    const { pace } = request.options;
    this.stopPace = pace === undefined ? undefined : followPace(pace, () => this.taken());
    this.states = tellStates(start, () => this.tellStartedAgain());
  }

  private taken(): void {
    const oldest = this.untaken.shift();
    oldest?.reader.consumed(oldest.item);
  }

  /** Opens a stream. */
  open(): void {
    this.reopening = undefined;
    this.next = new StreamReader(this);
    this.events.ask();
    this.next.open(this.start.runtime.calls, this.request, this.events.last());
  }

  /** Ends it; the subscriber is told nothing. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.stopPace?.();
    clearTimeout(this.reopening);
    this.states.stop();
    this.current?.abandon();
    this.next?.abandon();
  }

  started(reader: StreamReader, meta: KafkaReplyMeta): void {
    if (reader !== this.next) return;
    const before = this.current;
    this.current = reader;
    this.next = undefined;
    this.events.move();
    // Not sooner: until now the old stream went on, so that nothing is missed.
    before?.abandon();
    this.attempt = 0;
    this.everStarted = true;
    this.states.restored();
    this.startMeta = meta;
    if (!this.tellsStart) return;
    this.tellsStart = false;
    this.tellStarted(meta);
  }

  /** A stream outlives the loss of a connection. Over a socket it would begin anew, and React's hooks wait for that. */
  private tellStartedAgain(): void {
    if (this.current !== undefined && this.startMeta !== undefined) this.tellStarted(this.startMeta);
  }

  private tellStarted(meta: KafkaReplyMeta): void {
    callUser(() => this.observer.next({ result: { type: 'started' }, context: { ...meta } }));
  }

  item(reader: StreamReader, item: StreamItem, meta: KafkaReplyMeta): boolean {
    if (reader !== this.current) return false;
    const eventId = item.eventId === undefined ? undefined : this.events.deliver(item.eventId);
    if (item.eventId !== undefined && eventId === undefined) return false;
    if (this.next !== undefined && this.events.isFull()) {
      this.current = undefined;
      reader.abandon();
    }
    this.itemsDelivered = true;
    let data: unknown;
    try {
      data = withEventId(readData(item, this.start.transformer, meta), item.eventId, eventId);
    } catch (error) {
      this.finish(error as OperationError);
      return false;
    }
    const isPaced = this.stopPace !== undefined;
    // Before the reader has it: it may take it at once.
    if (isPaced) this.untaken.push({ reader, item });
    const result = { type: 'data' as const, data, ...(eventId === undefined ? {} : { id: eventId }) };
    callUser(() => this.observer.next({ result, context: { ...meta } }));
    return isPaced;
  }

  stopped(reader: StreamReader, meta: KafkaReplyMeta): void {
    if (reader !== this.current) return;
    this.end();
    // Each by itself: an `onStopped` that throws must not keep the end from whoever waits for it.
    callUser(() => this.observer.next({ result: { type: 'stopped' }, context: { ...meta } }));
    callUser(() => this.observer.complete());
  }

  refused(reader: StreamReader, error: ErrorMessage, meta: KafkaReplyMeta): void {
    if (reader !== this.current && reader !== this.next) return;
    const failure = readError(error, this.start.transformer, meta);
    if (reader === this.next && this.everStarted && isCrowded(failure)) this.tryAgain(failure);
    else this.finish(failure);
  }

  lost(reader: StreamReader, error: Error, delayMs: number): void {
    if (reader === this.next) this.next = undefined;
    else if (reader === this.current) this.current = undefined;
    else return;
    if (this.current === undefined) {
      if (!this.mayRestart()) {
        this.finish(TRPCClientError.from(error));
        return;
      }
      this.tellsStart = true;
      this.states.lost(error);
      this.start.runtime.events.emit({ type: 'stream-lost', path: this.request.path, error });
    }
    this.reopen(delayMs);
  }

  failed(reader: StreamReader, error: Error): void {
    if (reader !== this.next) return;
    if (this.everStarted && isPassing(error)) this.tryAgain(error);
    else this.finish(TRPCClientError.from(error));
  }

  /** What did not start now may do so later, or on another instance: the subscription had a stream, and is to have one again. */
  private tryAgain(error: Error): void {
    this.next = undefined;
    if (this.current === undefined) this.states.lost(error);
    this.reopen(0);
  }

  goAway(reader: StreamReader, delayMs: number): void {
    // What is not tracked would miss or repeat items elsewhere: it may yet come to its end while its server waits for it.
    if (reader === this.current && this.canGoOn()) this.reopen(delayMs);
  }

  /** Opens another stream, when none is on its way. The first attempt at once, the others with the client's back-off. */
  private reopen(delayMs: number): void {
    if (this.ended || this.next !== undefined || this.reopening !== undefined) return;
    const waitMs = delayMs + this.start.runtime.retryDelayMs(this.attempt++);
    this.reopening = setTimeout(() => this.open(), waitMs);
  }

  private mayRestart(): boolean {
    const onLost = this.request.options.onLost ?? 'restart';
    return onLost === 'restart' || this.canGoOn();
  }

  /** Another stream can take up where this one is: behind an event, or at a beginning of which nothing was delivered. */
  private canGoOn(): boolean {
    return this.events.last() !== undefined || !this.itemsDelivered;
  }

  private finish(error: OperationError): void {
    if (this.ended) return;
    this.end();
    callUser(() => this.observer.error(error));
  }
}

/**
 * The server has no room now, or its procedure says so. Told by the number of the error's shape, as httpSubscriptionLink
 * tells what to try again (client/src/links/httpSubscriptionLink.ts).
 */
function isCrowded({ shape }: OperationError): boolean {
  return shape?.code === TRPC_ERROR_CODES_BY_KEY.TOO_MANY_REQUESTS;
}

/** A failure that says nothing about the next attempt: no server answered, brokers were away. */
function isPassing(error: Error): boolean {
  // What was answered is wrapped already, with its place.
  const cause = error instanceof TRPCClientError ? error.cause : error;
  if (!isKafkaTransportError(cause)) return false;
  return cause.retryable || cause.code === 'TIMEOUT' || cause.code === 'PRODUCE_FAILED';
}

/** A tracked event has its id within its data as well, where tRPC puts it. */
function withEventId(data: unknown, sent: string | undefined, eventId: string | undefined): unknown {
  if (sent === eventId || typeof data !== 'object' || data === null) return data;
  return (data as { id?: unknown }).id === sent ? { ...data, id: eventId } : data;
}
