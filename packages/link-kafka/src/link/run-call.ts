/** Runs a query or mutation: one result or one error, then nothing. */
import { TRPCClientError } from '@trpc/client';
import type { RecordPosition } from '@trpc-kafka/core';
import { callUser, type ServerMessage } from '@trpc-kafka/core/internal';
import { expiredError, maybeExecutedError } from '../calls/call-errors.js';
import type { StartedCall } from '../calls/call-starter.js';
import type { CallListener, PendingCall } from '../calls/pending-call.js';
import type { CombinedTransformer } from '../trpc-internals.js';
import type { OperationError, OperationObserver } from './operation.js';
import type { OperationRequest, OperationStart } from './start-operation.js';
import { readData, readError } from './transform-response.js';

/** Runs a call; returns what abandons it. */
export function runCall(start: OperationStart, request: OperationRequest): () => void {
  const { op, observer } = start;
  const onAbort = (): void => observer.complete();
  // Heard before the call is written: an abort in between must not be missed.
  op.signal?.addEventListener('abort', onAbort, { once: true });
  const listener = new ResultListener(observer, start.transformer);
  const started = start.runtime.calls.start({ ...request, listener });
  listener.started = started;
  return () => {
    op.signal?.removeEventListener('abort', onAbort);
    started?.abandon();
  };
}

class ResultListener implements CallListener {
  started: StartedCall | undefined = undefined;
  private readonly observer: OperationObserver;
  private readonly transformer: CombinedTransformer;

  constructor(observer: OperationObserver, transformer: CombinedTransformer) {
    this.observer = observer;
    this.transformer = transformer;
  }

  message(message: ServerMessage, call: PendingCall, { topic, partition, offset }: RecordPosition): void {
    const meta = { kafka: { topic, partition, offset } };
    switch (message.kind) {
      case 'data': {
        this.started?.settle();
        let data: unknown;
        try {
          data = readData(message, this.transformer, meta);
        } catch (error) {
          callUser(() => this.observer.error(error as OperationError));
          return;
        }
        callUser(() => this.observer.next({ result: { type: 'data', data }, context: { ...meta } }));
        callUser(() => this.observer.complete());
        return;
      }
      case 'error':
        this.started?.settle();
        callUser(() => this.observer.error(readError(message, this.transformer, meta)));
        return;
      case 'maybe-executed':
        call.failed(maybeExecutedError(call));
        return;
      case 'expired':
        call.failed(expiredError(call, message));
        return;
      case 'started':
      case 'chunk':
      case 'stopped':
      case 'lost':
        // The call did not say that it reads a stream: a server that sends one is in error, and the call goes on to its deadline.
        return;
    }
  }

  failed(error: Error): void {
    callUser(() => this.observer.error(TRPCClientError.from(error)));
  }
}
