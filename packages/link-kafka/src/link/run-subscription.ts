/** Runs a subscription: started, items in order, stopped or an error; with the connection's state beside them as wsLink has it. */
import { TRPCClientError } from '@trpc/client';
import type { OperationRequest, OperationStart } from '../operations/operation.js';
import { Subscription } from '../streams/subscription.js';
import { onAnyAbort } from './abort-signals.js';

/** Runs a subscription; returns what ends it. */
export function runSubscription(start: OperationStart, request: OperationRequest): () => void {
  const { observer, runtime, signals } = start;
  const refusal = runtime.streamLimit.enter(request);
  if (refusal !== undefined) {
    observer.error(TRPCClientError.from(refusal));
    return () => {};
  }
  let subscription: Subscription;
  try {
    subscription = new Subscription(start, request);
  } catch (cause) {
    runtime.streamLimit.leave();
    observer.error(TRPCClientError.from(cause as Error));
    return () => {};
  }
  const complete = (): void => observer.complete();
  const stopListening = onAnyAbort(signals, complete);
  const removeClosing = runtime.onClosing(complete);
  // A subscription whose stream was lost has no call until it is opened anew.
  runtime.use.begin();
  subscription.open();
  return () => {
    stopListening();
    removeClosing();
    subscription.end();
    runtime.streamLimit.leave();
    runtime.use.end();
    // Whoever unsubscribes is told of the end as well (client/src/links/wsLink/wsClient/requestManager.ts).
    observer.complete();
  };
}
