/** Reads one stream of a subscription: tells its owner what comes, in order, and what becomes of it. */
import type { RecordPosition } from '@trpc-kafka/core';
import type {
  DataMessage,
  ErrorMessage,
  LostMessage,
  ServerMessage,
  StartedMessage,
  StoppedMessage,
} from '@trpc-kafka/core/internal';
import { expiredError } from '../calls/call-errors.js';
import type { CallStarter } from '../calls/call-starter.js';
import type { CallListener, PendingCall } from '../calls/pending-call.js';
import type { StartedCall } from '../calls/started-call.js';
import type { OperationRequest } from '../operations/operation.js';
import { answeredError, type KafkaReplyMeta, metaOf } from '../operations/transform-response.js';
import type { ServerWatcher } from './server-streams.js';
import { lostStream, serverLeft, serverSilent, unaskedItem, unnumberedItem } from './stream-errors.js';
import { createStreamOrder, maxGapMs, type StreamOrder, type StreamOwner } from './stream-order.js';

/** An item of a stream. */
export type StreamItem = DataMessage & { seq: number };

/** Who opened the stream. Each method is told which of its streams it is about. None may throw. */
export interface StreamSubscriber {
  started(reader: StreamReader, meta: KafkaReplyMeta): void;
  /** True when the item is not consumed yet: {@link StreamReader.consumed} says when. */
  item(reader: StreamReader, item: StreamItem, meta: KafkaReplyMeta): boolean;
  /** The stream came to its end. */
  stopped(reader: StreamReader, meta: KafkaReplyMeta): void;
  /** The server answered with an error, in the stream's place or at its end. */
  refused(reader: StreamReader, error: ErrorMessage, meta: KafkaReplyMeta): void;
  /** The stream, or what came of it, did not survive: it may be opened anew. */
  lost(reader: StreamReader, error: Error, delayMs: number): void;
  /** The call failed before a stream came of it. */
  failed(reader: StreamReader, error: Error): void;
  /** The server will close soon. */
  goAway(reader: StreamReader, delayMs: number): void;
}

type StreamMessage =
  | StartedMessage
  | StoppedMessage
  | StreamItem
  | (ErrorMessage & { seq: number })
  | LostMessage;

/** One stream and its call. */
export class StreamReader implements CallListener, StreamOwner<StreamMessage>, ServerWatcher {
  private started: StartedCall | undefined = undefined;
  private call: PendingCall | undefined = undefined;
  private readonly order: StreamOrder<StreamMessage> = createStreamOrder<StreamMessage>(this);
  private readonly subscriber: StreamSubscriber;

  constructor(subscriber: StreamSubscriber) {
    this.subscriber = subscriber;
  }

  /** Makes the call. What goes wrong at once is told before this returns. */
  open(calls: CallStarter, request: OperationRequest, lastEventId: string | undefined): void {
    const resumed = lastEventId === undefined ? request : { ...request, lastEventId };
    this.started = calls.start({ ...resumed, listener: this });
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.started?.abandon();
  }

  message(message: ServerMessage, call: PendingCall, position: RecordPosition): void {
    this.call = call;
    switch (message.kind) {
      case 'maybe-executed': // For mutations only.
      case 'chunk': // For queries and mutations only: the gap that it leaves is a lost stream.
        return;
      case 'expired':
        call.failed(answeredError(expiredError(call, message), metaOf(position)));
        return;
      case 'data':
      case 'error':
      case 'started':
      case 'stopped':
      case 'lost':
        if (isStreamMessage(message)) this.accept(message, call, position);
        else this.withoutNumber(message, call, metaOf(position));
    }
  }

  /** What a reader with a pace has not taken is kept for it: a sender that goes beyond its credit would fill the memory. */
  private accept(message: StreamMessage, call: PendingCall, position: RecordPosition): void {
    const isUnasked = message.kind === 'data' && message.seq > this.order.credit().items;
    if (isUnasked) this.lose(unaskedItem(call));
    else this.order.accept(message, position);
  }

  failed(error: Error): void {
    this.subscriber.failed(this, error);
  }

  isOver(): boolean {
    return this.call?.settled === true;
  }

  watchGap(hasGap: boolean): void {
    if (hasGap) this.started?.watch(maxGapMs, () => this.lost(this.order.nextSeq()));
    else this.started?.unwatch();
  }

  lost(missing: number): void {
    if (this.call !== undefined) this.lose(lostStream(this.call, missing));
  }

  deliver(message: StreamMessage, position: RecordPosition): void {
    const meta = metaOf(position);
    switch (message.kind) {
      case 'started':
        this.begin(message, meta);
        return;
      case 'data':
        this.take(message, meta);
        return;
      case 'error':
        this.started?.settle();
        this.subscriber.refused(this, message, meta);
        return;
      case 'lost':
        this.started?.settle();
        if (this.call !== undefined) this.subscriber.lost(this, serverLeft(this.call, message.reason), 0);
        return;
      case 'stopped':
        this.started?.settle();
        this.subscriber.stopped(this, meta);
        return;
    }
  }

  private begin({ features }: StartedMessage, meta: KafkaReplyMeta): void {
    // The deadline was for the start: from now on the stream may last.
    this.started?.unwatch();
    this.started?.begun();
    this.subscriber.started(this, meta);
    const { call } = this;
    if (call === undefined || call.settled || !features.includes('lease')) return;
    this.started?.lease(this);
  }

  silent(silentMs: number, delayMs: number): void {
    if (this.call !== undefined) this.lose(serverSilent(this.call, silentMs), delayMs);
  }

  goAway(delayMs: number): void {
    this.subscriber.goAway(this, delayMs);
  }

  private take(item: StreamItem, meta: KafkaReplyMeta): void {
    if (!this.subscriber.item(this, item, meta)) this.consumed(item, true);
  }

  /** The server may send another. `keepsUp`: the item was taken as it came. */
  consumed(item: StreamItem, keepsUp = false): void {
    const credit = this.order.consumed(item, keepsUp);
    if (credit !== undefined && !this.isOver()) this.started?.grant(credit);
  }

  private lose(error: Error, delayMs = 0): void {
    this.abandon();
    this.subscriber.lost(this, error, delayMs);
  }

  /** A call that never became a stream has an error without a number. */
  private withoutNumber(message: DataMessage | ErrorMessage, call: PendingCall, meta: KafkaReplyMeta): void {
    if (message.kind === 'data') call.failed(unnumberedItem(call));
    else {
      this.started?.settle();
      this.subscriber.refused(this, message, meta);
    }
  }
}

function isStreamMessage(message: StreamMessage | DataMessage | ErrorMessage): message is StreamMessage {
  return message.seq !== undefined;
}
