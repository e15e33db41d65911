/** What a stream is made of: where its items come from, and how one of them is sent. */
import { isTrackedEnvelope, TRPCError } from '@trpc/server';
import { observableToAsyncIterable } from '@trpc/server/observable';
import type { Replier } from '../replies/replier.js';
import { isAsyncIterable } from '../trpc-internals.js';
import { isObservable } from './result-kind.js';
import type { ServedCall } from './served-call.js';

/** Sends an item of a call's stream. Answers its size, `undefined` when an error went in its place, which is the end of the stream then. */
export type SendItem = (call: ServedCall, value: unknown, place: StreamPlace) => number | undefined;

/** An item's place in its stream. */
export interface StreamPlace {
  readonly seq: number;
  readonly sentBytes: number;
}

/**
 * The items of a subscription whose resolver has returned.
 * @throws TRPCError `INTERNAL_SERVER_ERROR` when that is no stream.
 */
export function subscriptionItems(call: ServedCall, result: unknown): AsyncIterator<unknown> {
  return toIterable(call, result)[Symbol.asyncIterator]();
}

/** How subscriptions send theirs. */
export function createSubscriptionSender(replier: Replier): SendItem {
  return (call, value, place) => {
    if (!isTrackedEnvelope(value)) return replier.data(call, value, place);
    const [id, data] = value;
    return replier.data(call, { id, data }, { ...place, eventId: id });
  };
}

function toIterable(call: ServedCall, result: unknown): AsyncIterable<unknown> {
  if (isObservable(result)) return observableToAsyncIterable(result, call.controller.signal);
  if (isAsyncIterable(result)) return result;
  throw new TRPCError({
    code: 'INTERNAL_SERVER_ERROR',
    message: `Subscription ${call.message.path} did not return an observable or a AsyncGenerator`,
  });
}
