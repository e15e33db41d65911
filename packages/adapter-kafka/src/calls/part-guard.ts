/**
 * Guards the parts of a streamed result, its promises and async iterables, on their way to tRPC's jsonl producer.
 * The producer waits for the part that is pending before it disposes of any, so one promise that is never settled would keep
 * the `finally` of every generator from running; and parts it has not begun to await would be unhandled rejections.
 */
import { isAsyncIterable, isPromise } from '../trpc-internals.js';
import { isPlainObject, isStreamed } from './result-kind.js';

/** What a part guard works with. */
export interface PartGuardOptions {
  readonly signal: AbortSignal;
  /** Told of what fails when nobody waits for it any more: a part after the abort, a generator in its `finally`. */
  readonly onLateError: (error: unknown) => void;
}

/** Makes a function that puts a guarded part in the place of every part of a value: all of them end when the signal aborts. */
export function createPartGuard({ signal, onLateError }: PartGuardOptions): (value: unknown) => unknown {
  /** Whatever waits for a part. One listener for all: a result may have thousands of them. */
  const waiting = new Set<(reason: unknown) => void>();
  signal.addEventListener(
    'abort',
    () => {
      for (const reject of waiting) reject(signal.reason);
      waiting.clear();
    },
    { once: true },
  );

  function untilAborted<TValue>(work: PromiseLike<TValue>): Promise<TValue> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      else waiting.add(reject);
      const settle = (): boolean => waiting.delete(reject);
      work.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          if (signal.aborted) onLateError(error);
          reject(error as Error);
        },
      );
    });
  }

  function guardPromise(promise: Promise<unknown>): Promise<unknown> {
    const guarded = untilAborted(promise).then(guard);
    guarded.catch(() => {
      // The producer hears of it as well, if it still listens.
    });
    return guarded;
  }

  function guardIterable(iterable: AsyncIterable<unknown>): AsyncIterable<unknown> {
    return { [Symbol.asyncIterator]: () => guardIterator(iterable[Symbol.asyncIterator]()) };
  }

  async function dispose(iterator: AsyncIterator<unknown>): Promise<void> {
    try {
      await iterator.return?.();
    } catch (error) {
      onLateError(error);
    }
  }

  function guardIterator(iterator: AsyncIterator<unknown>): AsyncIterator<unknown> {
    let isPending = false;
    return {
      async next() {
        signal.throwIfAborted();
        isPending = true;
        const pending = Promise.resolve(iterator.next()).finally(() => {
          isPending = false;
        });
        const { done, value } = await untilAborted(pending);
        return { done: done === true, value: guard(value) };
      },
      async return() {
        const disposed = dispose(iterator);
        // A generator that ignores the signal returns only after its next item, which may never come.
        if (!isPending) await disposed;
        return { done: true, value: undefined };
      },
    };
  }

  function guard(value: unknown): unknown {
    if (isPromise(value)) return guardPromise(value);
    if (isAsyncIterable(value)) return guardIterable(value);
    if (!isPlainObject(value)) return value;
    const fields = Object.entries(value);
    if (!fields.some(([, field]) => isStreamed(field))) return value;
    return Object.fromEntries(
      fields.map(([name, field]) => [name, isStreamed(field) ? guard(field) : field]),
    );
  }

  return guard;
}
