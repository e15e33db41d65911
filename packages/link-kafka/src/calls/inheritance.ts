/** What a call made inside a resolver takes over from the call that is served there: the rest of its deadline, its cancellation, its trace. */
import { type CallContext, currentCallContext } from '@trpc-kafka/core/internal';
import type { Texts } from './texts.js';

/** What is taken over. */
export interface Inheritance {
  /** The procedure in whose resolver the call is made. */
  readonly path: string;
  /** When that one's caller stops waiting; `undefined` when never. */
  readonly deadlineMs: number | undefined;
  /** Aborts with it; `undefined` for a call that is detached. */
  readonly signal: AbortSignal | undefined;
  /** Those of its headers that carry the trace on. Any other of the same name wins over them. */
  readonly headers: Texts;
}

/** Where operations were made: a retry by `retryLink` runs where its predecessor failed, which is in nobody's resolver. */
const places = new WeakMap<object, CallContext>();

/** What an operation takes over, when it is first started as when it is tried again. */
export function inheritanceOf(op: object, detached: boolean | undefined): Inheritance | undefined {
  const current = currentCallContext();
  let place = places.get(op);
  if (place === undefined) {
    if (current === undefined) return undefined;
    places.set(op, current);
    place = current;
  }
  return inheritFrom(place, detached);
}

/** What a call takes over that is made here and never tried again. */
export function inheritanceHere(detached: boolean | undefined): Inheritance | undefined {
  const current = currentCallContext();
  return current === undefined ? undefined : inheritFrom(current, detached);
}

/** What a one-way call takes over: its caller waits for the brokers only, so nothing but the trace. */
export function traceOf(): Texts | undefined {
  return currentCallContext()?.traceHeaders;
}

function inheritFrom(context: CallContext, detached: boolean | undefined): Inheritance {
  const { path, traceHeaders: headers } = context;
  if (detached === true) return { path, deadlineMs: undefined, signal: undefined, headers };
  return { path, deadlineMs: context.deadlineMs, signal: context.signal, headers };
}
