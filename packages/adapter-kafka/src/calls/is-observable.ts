/** tRPC's `isObservable`, for results that may be anything. */
import { isObservable as hasSubscribe, type Observable } from '@trpc/server/observable';

/** tRPC takes everything with a field `subscribe` for an observable, also the settings of somebody who wants a newsletter. */
export function isObservable(value: unknown): value is Observable<unknown, unknown> {
  return hasSubscribe(value) && typeof value.subscribe === 'function';
}
