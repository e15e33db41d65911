/** Starts one operation: refuses what cannot travel, serializes, and lets a call or a subscription run. */
import { TRPCClientError } from '@trpc/client';
import { defaultLeaseMs, defaultStreamWindow } from '@trpc-kafka/core/internal';
import { readCallOptions } from '../calls/call-options.js';
import type { CallRequest } from '../calls/call-starter.js';
import { serializeInput } from '../calls/serialize-input.js';
import type { OperationRequest, OperationStart } from '../operations/operation.js';
import { runCall } from './run-call.js';
import { runSubscription } from './run-subscription.js';

/** Starts an operation; returns what ends it. */
export function startOperation(start: OperationStart): () => void {
  const { op, observer } = start;
  if (op.signal?.aborted) {
    // Completing without a result is how tRPC's links say "aborted" (client/src/links/wsLink/wsClient/wsClient.ts).
    observer.complete();
    return () => {};
  }
  let request: OperationRequest;
  try {
    request = toRequest(start);
  } catch (cause) {
    observer.error(TRPCClientError.from(cause as Error));
    return () => {};
  }
  return op.type === 'subscription' ? runSubscription(start, request) : runCall(start, request);
}

function toRequest(start: OperationStart): OperationRequest {
  const { op, transformer, writer, runtime } = start;
  const options = readCallOptions(op.context);
  return {
    type: op.type,
    path: op.path,
    input: serializeInput(op.input, op.path, { transformer, codec: runtime.codec }),
    options,
    op,
    writer,
    ...streamFacts(start),
  };
}

/** What a call says of the stream that may come of it. A result hardly ever is one: there, what goes without saying is left out. */
function streamFacts({ op, runtime }: OperationStart): Pick<CallRequest, 'credit' | 'chunks' | 'leaseMs'> {
  const leaseMs = runtime.keepAlive.lostAfterMs;
  if (op.type === 'subscription') return { credit: defaultStreamWindow, leaseMs };
  return leaseMs === defaultLeaseMs ? { chunks: true } : { chunks: true, leaseMs };
}
