/** What a caller may say about one call, through tRPC's `context`, and the check that it was spelled right. */
import { KafkaTransportError } from '@trpc-kafka/core';
import { assertUserHeaders, maxIdempotencyKeyLength, maxTimeoutMs } from '@trpc-kafka/core/internal';
import { isStreamPace, type StreamPace } from '../streams/stream-pace.js';

/** Options of one call. */
export interface KafkaCallOptions {
  /** How long to wait for the outcome (of a subscription: for its start; of a streamed result: for its head), in ms. @default the client's `timeoutMs` */
  readonly timeoutMs?: number;
  /** How long to wait for the next part of a streamed result, in ms. @default the client's `idleTimeoutMs` */
  readonly idleTimeoutMs?: number;
  /** Calls with the same key go to the same partition, and so to the same server instance while it stays. @default none: spread */
  readonly key?: string;
  /**
   * Tells servers that mutations with the same text are one: one that arrives again, while the first runs or after it was
   * done, gets the first outcome. `true` makes up a text for this call, which its retries by `retryLink` keep.
   * The same text with another input is refused. @default none
   */
  readonly idempotencyKey?: string | true;
  /**
   * What becomes of the call when no server of the service answers a hello: `'fail'` fails it with `NO_SERVER`, within 300 ms
   * of a client that is connected, and sends nothing. @default the client's `noServer`
   */
  readonly noServer?: NoServer;
  /**
   * What becomes of a subscription whose stream is lost (its server died or closed), when its items are not tracked:
   * it begins anew, so that a feed may miss items and a finite list repeats them, or it fails with `STREAM_LOST`.
   * Tracked events always go on behind the last one. @default 'restart'
   */
  readonly onLost?: 'restart' | 'error';
  /** Made with `createStreamPace`: of a subscription, says when its reader has taken an item. @default an item is taken when tRPC's client has it */
  readonly pace?: StreamPace;
  /**
   * Of a call made inside a resolver: goes on when the call that is served there is cancelled, and has its whole
   * `timeoutMs`, not just what is left of that call's. Its trace headers go along all the same. @default false
   */
  readonly detached?: boolean;
  /** Headers of this call's record; they win over those of the link and the client. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What becomes of a call that no server is there for. */
export type NoServer = 'wait' | 'fail';

const optionNames: Readonly<Record<keyof KafkaCallOptions, true>> = {
  timeoutMs: true,
  idleTimeoutMs: true,
  key: true,
  idempotencyKey: true,
  noServer: true,
  onLost: true,
  pace: true,
  detached: true,
  headers: true,
};

/**
 * Options of one call, as tRPC's per-call `context`.
 *
 * @throws KafkaTransportError with code `INVALID_OPTION` that names a key that is no option.
 * @example
 * await client.flights.byNumber.query('LH400', { context: kafkaContext({ timeoutMs: 500, key: 'LH' }) });
 */
export function kafkaContext(options: KafkaCallOptions): { kafka: KafkaCallOptions } {
  assertCallOptions(options);
  return { kafka: options };
}

/**
 * Reads the options from an operation's context.
 * @throws KafkaTransportError with code `INVALID_OPTION`.
 */
export function readCallOptions(context: Readonly<Record<string, unknown>>): KafkaCallOptions {
  const options = context['kafka'];
  if (options === undefined) return {};
  assertCallOptions(options);
  return options;
}

function assertCallOptions(options: unknown): asserts options is KafkaCallOptions {
  if (typeof options !== 'object' || options === null) throw invalid('context.kafka is no object');
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(optionNames, name)) throw invalid(`"${name}" is no option of a call`);
  }
  const { timeoutMs, idleTimeoutMs, key, idempotencyKey, noServer, headers, onLost, pace, detached } =
    options as Record<keyof KafkaCallOptions, unknown>;
  assertTimeout(timeoutMs);
  assertTimeout(idleTimeoutMs, { name: 'idleTimeoutMs', maxMs: maxTimeoutMs });
  if (key !== undefined && typeof key !== 'string') throw invalid('"key" is no text');
  if (idempotencyKey !== undefined && idempotencyKey !== true && !isShortText(idempotencyKey)) {
    throw invalid(
      `"idempotencyKey" is neither true nor a text of 1 to ${maxIdempotencyKeyLength} characters`,
    );
  }
  assertNoServer(noServer);
  if (onLost !== undefined && onLost !== 'restart' && onLost !== 'error') {
    throw invalid("\"onLost\" is neither 'restart' nor 'error'");
  }
  if (pace !== undefined && !isStreamPace(pace)) throw invalid('"pace" was not made with createStreamPace');
  if (detached !== undefined && typeof detached !== 'boolean')
    throw invalid('"detached" is neither true nor false');
  if (headers !== undefined) assertUserHeaders(headers as Record<string, unknown>);
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= maxIdempotencyKeyLength;
}

/** @throws KafkaTransportError `INVALID_OPTION` for another word. */
export function assertNoServer(value: unknown): asserts value is NoServer | undefined {
  if (value !== undefined && value !== 'wait' && value !== 'fail') {
    throw invalid("\"noServer\" is neither 'wait' nor 'fail'");
  }
}

/** What a time is checked for. */
export interface TimeoutRule {
  readonly name: string;
  readonly maxMs: number;
}

/** @throws KafkaTransportError `INVALID_OPTION` unless it is a time one can wait. */
export function assertTimeout(
  value: unknown,
  { name, maxMs }: TimeoutRule = { name: 'timeoutMs', maxMs: maxTimeoutMs },
): void {
  if (value === undefined) return;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= maxMs) return;
  const what = typeof value === 'number' ? String(value) : JSON.stringify(value);
  throw invalid(`"${name}" is ${what}, not a whole number of ms from 1 to ${maxMs}`);
}

function invalid(what: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'INVALID_OPTION',
    message: `${what}; kafkaContext takes ${Object.keys(optionNames).join(', ')}`,
  });
}
