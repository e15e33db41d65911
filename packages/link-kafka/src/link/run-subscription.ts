/** Runs a subscription: started, items in order, stopped or an error; with the connection's state beside them as wsLink has it. */
import { TRPCClientError } from '@trpc/client';
import { KafkaTransportError, type RecordPosition } from '@trpc-kafka/core';
import {
  callUser,
  type DataMessage,
  type ErrorMessage,
  type ServerMessage,
  type StartedMessage,
  type StoppedMessage,
} from '@trpc-kafka/core/internal';
import { expiredError, lostStream } from '../calls/call-errors.js';
import type { StartedCall } from '../calls/call-starter.js';
import type { CallListener, PendingCall } from '../calls/pending-call.js';
import type { ConnectionState } from '../client/client-connection.js';
import type { CombinedTransformer } from '../trpc-internals.js';
import type { OperationError, OperationObserver } from './operation.js';
import type { OperationRequest, OperationStart } from './start-operation.js';
import { createStreamOrder, maxGapMs, type StreamOrder, type StreamOwner } from './stream-order.js';
import { type KafkaReplyMeta, metaOf, readData, readError } from './transform-response.js';

/** Runs a subscription; returns what ends it. */
export function runSubscription(start: OperationStart, request: OperationRequest): () => void {
  const { op, observer, runtime } = start;
  const stopStates = watchStates(start);
  const complete = (): void => observer.complete();
  op.signal?.addEventListener('abort', complete, { once: true });
  const removeClosing = runtime.onClosing(complete);
  const listener = new StreamListener(observer, start.transformer);
  const started = runtime.calls.start({ ...request, listener });
  listener.started = started;
  return () => {
    op.signal?.removeEventListener('abort', complete);
    removeClosing();
    stopStates();
    started?.abandon();
    // Whoever unsubscribes is told of the end as well (client/src/links/wsLink/wsClient/requestManager.ts).
    observer.complete();
  };
}

/** Tells the subscriber the state as it is and as it changes (client/src/links/wsLink/wsLink.ts). */
function watchStates({ op, observer, runtime }: OperationStart): () => void {
  const subscription = runtime.connection.states.subscribe({
    next: (state) => callUser(() => observer.next({ result: toTrpcState(state), context: op.context })),
  });
  return () => subscription.unsubscribe();
}

type TrpcState = Extract<Parameters<OperationObserver['next']>[0]['result'], { type: 'state' }>;

function toTrpcState(state: ConnectionState): TrpcState {
  switch (state.state) {
    case 'connecting':
      return {
        type: 'state',
        state: 'connecting',
        error: state.error === null ? null : TRPCClientError.from(state.error),
      };
    case 'pending':
      return { type: 'state', state: 'pending', error: null };
    case 'idle':
      return { type: 'state', state: 'idle', error: null };
  }
}

type StreamMessage =
  | StartedMessage
  | StoppedMessage
  | (DataMessage & { seq: number })
  | (ErrorMessage & { seq: number });

class StreamListener implements CallListener, StreamOwner<StreamMessage> {
  started: StartedCall | undefined = undefined;
  private readonly order: StreamOrder<StreamMessage> = createStreamOrder<StreamMessage>(this);
  private call: PendingCall | undefined = undefined;
  private readonly observer: OperationObserver;
  private readonly transformer: CombinedTransformer;

  constructor(observer: OperationObserver, transformer: CombinedTransformer) {
    this.observer = observer;
    this.transformer = transformer;
  }

  message(message: ServerMessage, call: PendingCall, position: RecordPosition): void {
    this.call = call;
    switch (message.kind) {
      case 'maybe-executed': // For mutations only.
      case 'chunk': // For queries and mutations only: the gap that it leaves is a lost stream.
        return;
      case 'expired':
        call.failed(expiredError(call, message));
        return;
      case 'data':
      case 'error':
      case 'started':
      case 'stopped':
        if (isStreamMessage(message)) this.order.accept(message, position);
        else this.withoutNumber(message, call, metaOf(position));
    }
  }

  failed(error: Error): void {
    callUser(() => this.observer.error(TRPCClientError.from(error)));
  }

  isOver(): boolean {
    return this.call?.settled === true;
  }

  watchGap(hasGap: boolean): void {
    if (hasGap) this.started?.watch(maxGapMs, () => this.lost(this.order.nextSeq()));
    else this.started?.unwatch();
  }

  lost(missing: number): void {
    this.started?.abandon();
    if (this.call !== undefined) this.failed(lostStream(this.call, missing));
  }

  /** A call that never became a stream has an error without a number. */
  private withoutNumber(message: DataMessage | ErrorMessage, call: PendingCall, meta: KafkaReplyMeta): void {
    if (message.kind === 'error') this.fail(message, meta);
    else call.failed(unnumberedItem(call));
  }

  deliver(message: StreamMessage, position: RecordPosition): void {
    const meta = metaOf(position);
    switch (message.kind) {
      case 'started':
        // The deadline was for the start: from now on the stream may last.
        this.started?.unwatch();
        callUser(() => this.observer.next({ result: { type: 'started' }, context: { ...meta } }));
        return;
      case 'data':
        this.item(message, meta);
        return;
      case 'error':
        this.fail(message, meta);
        return;
      case 'stopped':
        this.started?.settle();
        // Each by itself: an `onStopped` that throws must not keep the end from whoever waits for it.
        callUser(() => this.observer.next({ result: { type: 'stopped' }, context: { ...meta } }));
        callUser(() => this.observer.complete());
        return;
    }
  }

  private item(message: DataMessage & { seq: number }, meta: KafkaReplyMeta): void {
    let data: unknown;
    try {
      data = readData(message, this.transformer, meta);
    } catch (error) {
      this.started?.abandon();
      callUser(() => this.observer.error(error as OperationError));
      return;
    }
    const { eventId } = message;
    const result =
      eventId === undefined ? { type: 'data' as const, data } : { type: 'data' as const, id: eventId, data };
    callUser(() => this.observer.next({ result, context: { ...meta } }));
    const credit = this.order.consumed(message);
    if (credit !== undefined) this.started?.grant(credit);
  }

  private fail(message: ErrorMessage, meta: KafkaReplyMeta): void {
    this.started?.settle();
    callUser(() => this.observer.error(readError(message, this.transformer, meta)));
  }
}

function isStreamMessage(message: StreamMessage | DataMessage | ErrorMessage): message is StreamMessage {
  return message.seq !== undefined;
}

function unnumberedItem(call: PendingCall): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the server sent an item of the subscription ${call.path} without a number: is something else than trpc-kafka's adapter answering?`,
  });
}
