/** Tells results that are one value from those that come bit by bit. Asked for every call: it costs no promise and no copy. */
import { isObservable as hasSubscribe, type Observable } from '@trpc/server/observable';
import { isAsyncIterable, isPromise } from '../trpc-internals.js';

/**
 * `single`: one value. `streamed`: what tRPC's HTTP stream link streams. `unsendable`: it holds promises where tRPC's jsonl producer
 * does not look for them. JSON would make empty objects of them, and the caller would take those for the result.
 */
export type ResultKind = 'single' | 'streamed' | 'unsendable';

/**
 * Judges a result as tRPC's HTTP server does (server/src/unstable-core-do-not-import/http/resolveResponse.ts, `isDataStream`):
 * async iterables, observables, and objects with promises or async iterables as fields come bit by bit. It looks into no array.
 */
export function kindOfResult(result: unknown): ResultKind {
  if (typeof result !== 'object' || result === null) return 'single';
  if (isAsyncIterable(result) || isObservable(result)) return 'streamed';
  // Bytes have a field for each of them.
  if (Array.isArray(result) || ArrayBuffer.isView(result)) return 'single';
  try {
    return kindOfFields(result);
  } catch {
    return 'single'; // A getter that throws: serializing it fails the same way, and says so to the caller.
  }
}

function kindOfFields(result: object): ResultKind {
  let kind: ResultKind = 'single';
  for (const name in result) {
    const value: unknown = result[name as never];
    if (!isLater(value) || !Object.hasOwn(result, name)) continue;
    if (!isStreamed(value) || !isPlainObject(result)) return 'unsendable';
    kind = 'streamed';
  }
  return kind;
}

/** What tRPC's jsonl producer streams. */
export function isStreamed(value: unknown): value is AsyncIterable<unknown> | Promise<unknown> {
  return isPromise(value) || isAsyncIterable(value);
}

/** Also what is awaited like a promise but is none to the producer. Not `instanceof`: it may be of another realm or library. */
function isLater(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' && isPromise(value);
  return isAsyncIterable(value) || ('then' in value && typeof value.then === 'function');
}

/** An object as a literal makes it, also one of another realm: the only ones whose fields the producer looks at. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  );
}

/** tRPC takes everything with a field `subscribe` for an observable, also the settings of somebody who wants a newsletter. */
export function isObservable(value: unknown): value is Observable<unknown, unknown> {
  return hasSubscribe(value) && typeof value.subscribe === 'function';
}

/** Keeps promises of a result that nobody will await from ending the process when they are rejected. */
export function ignoreResult(result: unknown): void {
  if (kindOfResult(result) === 'single') return;
  try {
    for (const value of Object.values(result as object)) if (isPromise(value)) value.catch(() => {});
  } catch {
    // A getter that throws, or a promise that is none: then there is nothing that could be rejected unheard.
  }
}
