/** Starts one operation: refuses what cannot travel, serializes, and lets a call or a subscription run. */
import { TRPCClientError } from '@trpc/client';
import { defaultLeaseMs, defaultStreamWindow } from '@trpc-kafka/core/internal';
import { readCallOptions } from '../calls/call-options.js';
import type { CallRequest } from '../calls/call-starter.js';
import { settleKey } from '../calls/idempotency-key.js';
import { type Inheritance, inheritanceOf } from '../calls/inheritance.js';
import { serializeInput } from '../calls/serialize-input.js';
import type {
  OperationFacts,
  OperationObserver,
  OperationRequest,
  OperationStart,
} from '../operations/operation.js';
import { isAnyAborted } from './abort-signals.js';
import { runCall } from './run-call.js';
import { runSubscription } from './run-subscription.js';

/** Starts an operation; returns what ends it. */
export function startOperation(given: GivenOperation): () => void {
  const { op, observer } = given;
  if (op.signal?.aborted) return completed(observer);
  let request: OperationRequest;
  try {
    request = toRequest(given);
  } catch (cause) {
    observer.error(TRPCClientError.from(cause as Error));
    return () => {};
  }
  const start: OperationStart = { ...given, signals: signalsOf(op, request.inherited) };
  if (isAnyAborted(start.signals)) return completed(observer);
  return op.type === 'subscription' ? runSubscription(start, request) : runCall(start, request);
}

/** Completing without a result is how tRPC's links say "aborted" (client/src/links/wsLink/wsClient/wsClient.ts). */
function completed(observer: OperationObserver): () => void {
  observer.complete();
  return () => {};
}

/** An operation as a link has it. */
type GivenOperation = Omit<OperationStart, 'signals'>;

const noSignals: readonly AbortSignal[] = [];

function signalsOf({ signal }: OperationFacts, inherited: Inheritance | undefined): readonly AbortSignal[] {
  const given = signal == null ? noSignals : [signal];
  return inherited?.signal === undefined ? given : [...given, inherited.signal];
}

function toRequest(start: GivenOperation): OperationRequest {
  const { op, transformer, writer, runtime } = start;
  const options = settleKey(readCallOptions(op.context), op);
  const inherited = inheritanceOf(op, options.detached);
  return {
    type: op.type,
    path: op.path,
    input: serializeInput(op.input, op.path, { transformer, codec: runtime.codec }),
    options,
    op,
    writer,
    ...(inherited === undefined ? {} : { inherited }),
    ...streamFacts(start),
  };
}

/** What a call says of the stream that may come of it. A result hardly ever is one: there, what goes without saying is left out. */
function streamFacts({ op, runtime }: GivenOperation): Pick<CallRequest, 'credit' | 'chunks' | 'leaseMs'> {
  const leaseMs = runtime.keepAlive.lostAfterMs;
  if (op.type === 'subscription') return { credit: defaultStreamWindow, leaseMs };
  return leaseMs === defaultLeaseMs ? { chunks: true } : { chunks: true, leaseMs };
}
