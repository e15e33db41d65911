/** What a stream is made of: where its items come from, and how one of them is sent. */
import { isTrackedEnvelope, TRPCError } from '@trpc/server';
import { observableToAsyncIterable } from '@trpc/server/observable';
import type { Replier } from '../replies/replier.js';
import { isAsyncIterable } from '../trpc-internals.js';
import { isObservable } from './result-kind.js';
import type { ServedCall } from './served-call.js';

/** What a stream is made of. */
export interface StreamSource {
  readonly iterator: AsyncIterator<unknown>;
  /** Sends an item; answers its size, `undefined` when an error went in its place, which is the end of the stream then. */
  send(value: unknown, place: StreamPlace): number | undefined;
}

/** An item's place in its stream. */
export interface StreamPlace {
  readonly seq: number;
  readonly sentBytes: number;
}

/** A subscription whose resolver has returned. */
export interface SubscriptionResult {
  readonly call: ServedCall;
  readonly result: unknown;
  readonly replier: Replier;
}

/**
 * The items of a subscription.
 * @throws TRPCError `INTERNAL_SERVER_ERROR` when its resolver returned something else.
 */
export function subscriptionSource(subscription: SubscriptionResult): StreamSource {
  const { call, replier } = subscription;
  return {
    iterator: toIterable(subscription)[Symbol.asyncIterator](),
    send(value, place) {
      if (!isTrackedEnvelope(value)) return replier.data(call, value, place);
      const [id, data] = value;
      return replier.data(call, { id, data }, { ...place, eventId: id });
    },
  };
}

function toIterable({ call, result }: SubscriptionResult): AsyncIterable<unknown> {
  if (isObservable(result)) return observableToAsyncIterable(result, call.controller.signal);
  if (isAsyncIterable(result)) return result;
  throw new TRPCError({
    code: 'INTERNAL_SERVER_ERROR',
    message: `Subscription ${call.message.path} did not return an observable or a AsyncGenerator`,
  });
}
