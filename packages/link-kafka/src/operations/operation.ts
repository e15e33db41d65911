/**
 * Operations: tRPC's operation as links and streams use it, the observer it answers to, and what it runs with.
 * Owns: these shapes, without the router's types. Must not know: which link made them, how a call runs.
 */
import type { Operation, OperationResultEnvelope, TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { Observer } from '@trpc/server/observable';
import type { CallRequest } from '../calls/call-starter.js';
import type { ClientRuntime } from '../client/client-runtime.js';
import type { CallWriter } from '../requests/call-writer.js';
import type { CombinedTransformer } from '../trpc-internals.js';

/** What is known of an operation. */
export type OperationFacts = Operation;

/** The error of an operation. */
export type OperationError = TRPCClientError<AnyTRPCRouter>;

/** Who waits for an operation. */
export type OperationObserver = Observer<OperationResultEnvelope<unknown, OperationError>, OperationError>;

/** An operation and what it runs with. */
export interface OperationStart {
  readonly runtime: ClientRuntime;
  readonly transformer: CombinedTransformer;
  readonly writer: CallWriter;
  readonly op: OperationFacts;
  /** Whatever ends the operation when it aborts: the caller's own signal, and that of the call in whose resolver it is made. */
  readonly signals: readonly AbortSignal[];
  readonly observer: OperationObserver;
}

/** What both kinds of operations are made from. */
export type OperationRequest = Omit<CallRequest, 'listener'>;
