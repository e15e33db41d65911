/** tRPC's operation as the link uses it, and the observer it answers to, without the router's types. */
import type { Operation, OperationResultEnvelope, TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { Observer } from '@trpc/server/observable';

/** What is known of an operation. */
export type OperationFacts = Operation;

/** The error of an operation. */
export type OperationError = TRPCClientError<AnyTRPCRouter>;

/** Who waits for an operation. */
export type OperationObserver = Observer<OperationResultEnvelope<unknown, OperationError>, OperationError>;
