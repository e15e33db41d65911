/** Refuses results that come bit by bit: a query or mutation is answered with one value. */
import { TRPCError } from '@trpc/server';
import { isObservable } from '@trpc/server/observable';
import type { CallMessage } from '@trpc-kafka/core/internal';
import { isAsyncIterable } from '../trpc-internals.js';

/**
 * Refuses what HTTP would stream (server/src/unstable-core-do-not-import/http/resolveResponse.ts, `isDataStream`).
 * JSON would make an empty object of a promise or an iterable, and the caller would take that for the result.
 * @throws TRPCError `UNSUPPORTED_MEDIA_TYPE`.
 */
export function assertSingleResult(result: unknown, method: CallMessage['method']): void {
  if (typeof result !== 'object' || result === null) return;
  if (isObservable(result) || isLater(result) || hasLaterField(result)) {
    throw new TRPCError({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: `Cannot return an async iterable, an observable or an object with promises from a ${method} procedure over Kafka`,
    });
  }
}

function hasLaterField(result: object): boolean {
  // As HTTP: it looks into no array either. Bytes have a value for each.
  if (Array.isArray(result) || ArrayBuffer.isView(result)) return false;
  try {
    return Object.values(result).some((value) => isLater(value));
  } catch {
    return false; // A getter that throws: serializing it fails the same way, and says so to the caller.
  }
}

/** Not `instanceof`: a promise may be of another realm or library. */
function isLater(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return isAsyncIterable(value) || ('then' in value && typeof value.then === 'function');
}
