/** The calls of a pair that have no outcome yet: who closes a pair does not wait for those that will never have one. */
import type { TRPCClientError, TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { observable } from '@trpc/server/observable';

/** What stands for a call: its place in the router. */
interface CallFacts {
  readonly type: string;
  readonly path: string;
}

/** Remembers calls from their start to their outcome. */
export interface CallsInFlight<TRouter extends AnyTRPCRouter> {
  /** Stands before the link that carries the calls. */
  readonly link: TRPCLink<TRouter>;
  /** Fails every call that has no outcome yet, and abandons it. */
  failAll(createError: (call: CallFacts) => TRPCClientError<TRouter>): void;
}

/** Makes one that remembers nothing yet. */
export function createCallsInFlight<TRouter extends AnyTRPCRouter>(): CallsInFlight<TRouter> {
  const failures = new Map<CallFacts, (error: TRPCClientError<TRouter>) => void>();
  return {
    link:
      () =>
      ({ op, next }) =>
        observable((observer) => {
          failures.set(op, (error) => observer.error(error));
          const subscription = next(op).subscribe(observer);
          // Runs after an outcome as well as when the caller goes away.
          return () => {
            failures.delete(op);
            subscription.unsubscribe();
          };
        }),
    failAll(createError) {
      for (const [op, fail] of failures) fail(createError(op));
    },
  };
}
