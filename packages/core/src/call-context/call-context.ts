/**
 * Call context: what a call that is being served hands on to the calls its resolver makes.
 * Owns: where it is kept while the resolver runs. Must not know: who serves and who calls, tRPC, Kafka.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** What nested calls take over from the call in whose resolver they are made. */
export interface CallContext {
  /** The procedure that is served, for messages. */
  readonly path: string;
  /** When its caller stops waiting, in ms since 1970 by this process's clock; `undefined` when never, or no more. */
  readonly deadlineMs: number | undefined;
  /** Aborts when the call is wanted no more. */
  readonly signal: AbortSignal;
  /** The headers of W3C's trace context and baggage that came with the call. */
  readonly traceHeaders: Readonly<Record<string, string>>;
}

/** Headers of <https://www.w3.org/TR/trace-context/> and <https://www.w3.org/TR/baggage/>. */
const traceHeaderNames = ['traceparent', 'tracestate', 'baggage'] as const;

/** Those of some headers that carry a trace on. */
export function pickTraceHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  for (const name of traceHeaderNames) {
    const value = headers[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/**
 * Shared by all copies of this package in a process: a server that was loaded as ESM and a client that was loaded as CJS
 * meet here. There is no storage before somebody reads it: in Node 20 a storage that was entered once makes every
 * promise of the process dearer (some 100 ns), and a server without a client has nobody who reads.
 */
interface SharedStorage {
  storage: AsyncLocalStorage<CallContext | undefined> | undefined;
}

const place: unique symbol = Symbol.for('trpc-kafka.call-context') as never;

function shared(): SharedStorage {
  const holder = globalThis as unknown as Record<typeof place, SharedStorage | undefined>;
  holder[place] ??= { storage: undefined };
  return holder[place];
}

/** Says that there is somebody in this process who may make calls inside of resolvers. */
export function expectNestedCalls(): void {
  shared().storage ??= new AsyncLocalStorage();
}

/** Runs a resolver so that calls made inside of it find its context. Makes none where nobody would look for it. */
export function runInCallContext<TResult>(make: () => CallContext, run: () => TResult): TResult {
  const { storage } = shared();
  return storage === undefined ? run() : storage.run(make(), run);
}

/** The context of the call in whose resolver this runs, if it runs in one. */
export function currentCallContext(): CallContext | undefined {
  return shared().storage?.getStore();
}

/**
 * Runs what serves many calls, as a connection, a timer or a batch: whatever comes of it must belong to none of them,
 * though one of them was the cause.
 */
export function outsideOfCalls<TResult>(run: () => TResult): TResult {
  const { storage } = shared();
  return storage?.getStore() === undefined ? run() : storage.run(undefined, run);
}
