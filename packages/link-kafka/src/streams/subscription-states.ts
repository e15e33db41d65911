/** What a subscriber is told of its connection: the client's, and of its own stream when that is lost alone. As wsLink has it. */
import { TRPCClientError } from '@trpc/client';
import { callUser } from '@trpc-kafka/core/internal';
import type { ConnectionState } from '../client/client-connection.js';
import type { OperationObserver, OperationStart } from '../operations/operation.js';

/** The state of one subscription. */
export interface SubscriptionStates {
  /** Its stream was lost and is being opened anew. */
  lost(error: Error): void;
  /** It has a stream again. */
  restored(): void;
  stop(): void;
}

/**
 * Tells the subscriber the state as it is and as it changes (client/src/links/wsLink/wsLink.ts). `onReturned` is called
 * when it has been told that a lost connection is back, unless its stream is lost as well.
 */
export function tellStates(
  { op, observer, runtime }: OperationStart,
  onReturned: () => void,
): SubscriptionStates {
  let connection: ConnectionState = { state: 'idle' };
  let loss: Error | undefined;
  let wasOpen = false;

  function tell(): void {
    const state: ConnectionState =
      connection.state === 'pending' && loss !== undefined
        ? { state: 'connecting', error: loss }
        : connection;
    callUser(() => observer.next({ result: toTrpcState(state), context: op.context }));
  }

  const subscription = runtime.connection.states.subscribe({
    next(state) {
      connection = state;
      tell();
      if (state.state !== 'pending') return;
      if (wasOpen && loss === undefined) onReturned();
      wasOpen = true;
    },
  });
  return {
    lost(error) {
      loss = error;
      if (connection.state === 'pending') tell();
    },
    restored() {
      if (loss === undefined) return;
      loss = undefined;
      if (connection.state === 'pending') tell();
    },
    stop: () => subscription.unsubscribe(),
  };
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
