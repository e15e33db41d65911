/** Runs a query or mutation: one result or one error, then nothing. */
import { TRPCClientError } from '@trpc/client';
import type { RecordPosition } from '@trpc-kafka/core';
import { callUser, type DataMessage, type ErrorMessage, type ServerMessage } from '@trpc-kafka/core/internal';
import { expiredError, maybeExecutedError } from '../calls/call-errors.js';
import type { CallListener, PendingCall } from '../calls/pending-call.js';
import type { StartedCall } from '../calls/started-call.js';
import type { OperationError, OperationRequest, OperationStart } from '../operations/operation.js';
import {
  answeredError,
  type KafkaReplyMeta,
  metaOf,
  readData,
  readError,
} from '../operations/transform-response.js';
import { createStreamedResult, type StreamedResult } from '../streams/streamed-result.js';
import { onAnyAbort } from './abort-signals.js';

/** Runs a call; returns what abandons it. */
export function runCall(start: OperationStart, request: OperationRequest): () => void {
  const { observer, signals } = start;
  // Heard before the call is written: an abort in between must not be missed.
  const stopListening = onAnyAbort(signals, () => observer.complete());
  const listener = new ResultListener(start, request);
  listener.started = start.runtime.calls.start({ ...request, listener });
  return () => {
    stopListening();
    listener.leave();
  };
}

class ResultListener implements CallListener {
  started: StartedCall | undefined = undefined;
  /** Only for a result that comes bit by bit. */
  private result: StreamedResult | undefined = undefined;
  private readonly operation: OperationStart;
  private readonly request: OperationRequest;

  constructor(operation: OperationStart, request: OperationRequest) {
    this.operation = operation;
    this.request = request;
  }

  message(message: ServerMessage, call: PendingCall, position: RecordPosition): void {
    switch (message.kind) {
      case 'started':
      case 'chunk':
      case 'stopped':
      case 'lost':
        this.streamed(call)?.message(message, position);
        return;
      case 'data':
        if (this.takesOutcome()) this.data(message, metaOf(position));
        return;
      case 'error':
        if (message.seq !== undefined) {
          this.streamed(call)?.message({ ...message, seq: message.seq }, position);
        } else if (this.takesOutcome()) {
          this.error(message, metaOf(position));
        }
        return;
      case 'maybe-executed':
        if (this.result?.hasHead !== true)
          call.failed(answeredError(maybeExecutedError(call), metaOf(position)));
        return;
      case 'expired':
        if (this.result?.hasHead !== true)
          call.failed(answeredError(expiredError(call, message), metaOf(position)));
        return;
    }
  }

  /** A second server may answer a query that is streamed already: what comes first counts, its outcome or the head of the stream. */
  private takesOutcome(): boolean {
    if (this.result?.hasHead === true) return false;
    this.result?.leave();
    return true;
  }

  failed(error: Error): void {
    if (this.result === undefined) callUser(() => this.operation.observer.error(TRPCClientError.from(error)));
    else this.result.fail(error);
  }

  leave(): void {
    if (this.result === undefined) this.started?.abandon();
    else this.result.leave();
  }

  private data(message: DataMessage, meta: KafkaReplyMeta): void {
    const { observer, transformer } = this.operation;
    this.started?.settle();
    let data: unknown;
    try {
      data = readData(message, transformer, meta);
    } catch (error) {
      callUser(() => observer.error(error as OperationError));
      return;
    }
    this.succeed(data, meta);
  }

  private succeed(data: unknown, meta: KafkaReplyMeta): void {
    const { observer } = this.operation;
    callUser(() => observer.next({ result: { type: 'data', data }, context: { ...meta } }));
    callUser(() => observer.complete());
  }

  private error(message: ErrorMessage, meta: KafkaReplyMeta): void {
    const { observer, transformer } = this.operation;
    this.started?.settle();
    callUser(() => observer.error(readError(message, transformer, meta)));
  }

  private streamed(call: PendingCall): StreamedResult | undefined {
    const { started, request } = this;
    if (started === undefined) return undefined;
    const { observer, transformer, runtime, signals } = this.operation;
    this.result ??= createStreamedResult({
      call,
      started,
      transformer,
      runtime,
      signals,
      idleTimeoutMs: request.options.idleTimeoutMs ?? runtime.idleTimeoutMs,
      onHead: (data, meta) => this.succeed(data, meta),
      onFailed: (error) => callUser(() => observer.error(error)),
    });
    return this.result;
  }
}
