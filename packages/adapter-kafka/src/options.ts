/** What a handler can be told, with every default in one place. */
import type { AnyTRPCRouter, CreateContextCallback, inferRouterContext } from '@trpc/server';
import type { BaseHandlerOptions, TRPCRequestInfo } from '@trpc/server/http';
import type {
  DriverEvent,
  KafkaRetryOptions,
  KafkaService,
  RecordCodec,
  RecordInterceptor,
  RecordPosition,
  TransportLogger,
} from '@trpc-kafka/core';
import type { KafkaSource, TopicsMode } from '@trpc-kafka/core/internal';
import type { OutcomeStore } from './duplicates/outcome.js';

/** The record a call came in, as `req` of `createContext` and `onError`. */
export interface KafkaRequest extends RecordPosition {
  /** Append or creation time of the record, whichever the topic keeps, in ms since 1970. */
  readonly timestampMs: number;
  /** The record's key, `null` when it has none. */
  readonly key: string | null;
  /** The record's headers as UTF-8 text, without those of the transport. */
  readonly headers: Readonly<Record<string, string>>;
  /** The instance that made the call: the same text for all calls of one client instance. Not authenticated. */
  readonly from: string;
  /** What the caller gave to tell repeated calls. */
  readonly idempotencyKey: string | undefined;
  /** True for one-way calls, whose outcome nobody awaits. */
  readonly oneWay: boolean;
  /**
   * True when the call may have been carried out already: by an instance that did not give up the partition in order, or
   * by an earlier call with the same `idempotencyKey` that failed.
   */
  readonly maybeRedelivered: boolean;
  /** Which attempt this is, from 1; above 1 only for one-way calls that failed before. */
  readonly attempt: number;
}

/** What `createContext` gets. */
export interface CreateKafkaContextOptions {
  /** The call's record: where it stands, who wrote it, its headers. */
  readonly req: KafkaRequest;
  /** What tRPC tells every adapter's `createContext`: the calls of the request, `connectionParams`, `signal`. */
  readonly info: TRPCRequestInfo;
}

/** Makes the context of one call. */
export type CreateKafkaContextFn<TRouter extends AnyTRPCRouter> = (
  opts: CreateKafkaContextOptions,
) => inferRouterContext<TRouter> | Promise<inferRouterContext<TRouter>>;

/** Options of `applyKafkaHandler`. `createContext` is required exactly when the router's context is not empty. */
export type KafkaHandlerOptions<TRouter extends AnyTRPCRouter> = Pick<
  BaseHandlerOptions<TRouter, KafkaRequest | undefined>,
  'router' | 'onError' | 'allowBatching'
> &
  CreateContextCallback<inferRouterContext<TRouter>, CreateKafkaContextFn<TRouter>> &
  KafkaHandlerSettings;

/** The options of a handler that do not depend on the router. */
export interface KafkaHandlerSettings {
  /** The kafkajs instance as the application made it, with its brokers, SASL and TLS; or a `KafkaDriver`. */
  readonly kafka: KafkaSource;
  /** The service to serve: its definition, or just its name. */
  readonly service: KafkaService | string;
  /** Whether missing topics are created or demanded. @default 'create' */
  readonly topics?: TopicsMode;
  /** Calls that may run at a time; the others wait, and partitions pause when 10,000 wait, or 64 MB of them. @default 1000 */
  readonly maxConcurrentCalls?: number;
  /**
   * Streams that may be open at a time: subscriptions, and streamed results. One more is answered with
   * `TOO_MANY_REQUESTS`; a subscription that was open elsewhere is then tried again by its client.
   * @default 100000
   */
  readonly maxStreams?: number;
  /**
   * Calls a record may hold; each call of a larger one is answered with `BAD_REQUEST`. The same option as of tRPC's
   * other adapters; it stands here because tRPC before 11.15 has no type for it. @default unlimited
   */
  readonly maxBatchSize?: number;
  /** Largest record written, in bytes; a result above it, or above what brokers take, becomes a `PAYLOAD_TOO_LARGE` error of that call. @default 900000 */
  readonly maxMessageBytes?: number;
  /** Topics that replies may be written to. @default every topic whose name ends in `.replies` */
  readonly allowedReplyTopics?: readonly string[];
  /** How far a caller's clock may be off, in ms; matters only on topics that keep creation times. @default 1000 */
  readonly clockSkewMs?: number;
  /**
   * Names of headers, in any case of letters, that carry credentials: they are left out of dead letters.
   * A list given here stands in the place of the default. @default ['authorization', 'cookie', 'proxy-authorization', 'set-cookie']
   */
  readonly sensitiveHeaders?: readonly string[];
  /** How one-way calls are carried out. */
  readonly oneWay?: OneWayOptions;
  /** How calls that every server instance answers are carried out. */
  readonly gather?: GatherOptions;
  /** Whether this instance tells who asks of itself: what it runs, its state, load, partitions, procedures. @default true */
  readonly discovery?: boolean;
  /** How mutations that arrive again are known again. */
  readonly duplicates?: DuplicateOptions;
  /** Codecs that calls may come in beside JSON; each call is answered in its own. @default none */
  readonly codecs?: readonly RecordCodec[];
  /** See and may change or refuse records. @default none */
  readonly interceptors?: readonly RecordInterceptor[];
  /** Receives what the handler recovers from or refuses. @default silent */
  readonly logger?: TransportLogger;
}

/** How mutations that arrive again are known again, and answered with the first outcome instead of being carried out. */
export interface DuplicateOptions {
  /**
   * How long an outcome is remembered for calls with the same `idempotencyKey`, in ms.
   * @default 600000; in a topic, as long as that keeps records: 3600000
   */
  readonly windowMs?: number;
  /** Most outcomes remembered of calls with an `idempotencyKey`, and as many of calls without. @default 10000; 100000 of a topic */
  readonly maxEntries?: number;
  /** Most bytes that these, and those, may have. @default 16777216; 67108864 of a topic */
  readonly maxBytes?: number;
  /**
   * Tells callers apart who may use the same keys: a tenant, or a user, from a header that an interceptor has checked.
   * A repeat is answered before `createContext` and middlewares: without a scope, whoever knows the key, the procedure
   * and the input of a call gets its outcome. What it throws is the call's error.
   * @default all callers have one
   */
  readonly scope?: (req: KafkaRequest) => string;
  /**
   * Where outcomes are kept. `'memory'`: in this instance. `'topic'`: in the service's topic `outcomes`, written before
   * a caller is answered and read by whoever takes over a partition, so that they hold over a crash and across instances.
   * A store of your own is asked about calls with an `idempotencyKey`.
   * @default 'memory'
   */
  readonly store?: 'memory' | 'topic' | OutcomeStore;
}

/** How one-way calls are carried out. A procedure can set its own `meta.kafka.retry`. */
export interface OneWayOptions extends KafkaRetryOptions {
  /** One-way calls that may run at a time. @default 100 */
  readonly maxConcurrentCalls?: number;
  /** Records that may stand behind an unfinished one in a partition, before it pauses. @default 1000 */
  readonly maxUncommitted?: number;
}

/** How calls that every server instance answers are carried out. They come beside `maxConcurrentCalls`. */
export interface GatherOptions {
  /**
   * Gather calls that may run at a time. Ten times as many may wait; beyond that they are answered with
   * `TOO_MANY_REQUESTS`. @default 100
   */
  readonly maxConcurrentCalls?: number;
}

/** A state change of a handler. */
export type KafkaHandlerEvent =
  | { readonly type: 'ready'; readonly partitions: number }
  | { readonly type: 'idle'; readonly reason: string }
  | { readonly type: 'refused'; readonly error: Error; readonly position: RecordPosition }
  | { readonly type: 'reply-failed'; readonly error: Error; readonly path: string }
  /** `maxStreams` were open, so another was refused. */
  | { readonly type: 'stream-refused'; readonly path: string; readonly maxStreams: number }
  /** Nothing was heard from a client for the time of its lease; its streams here were ended. */
  | { readonly type: 'client-lost'; readonly inboxId: string; readonly streams: number }
  | { readonly type: 'dead-lettered'; readonly error: Error; readonly position: RecordPosition }
  /** A mutation arrived again: while the first runs, or after it was done. It is not carried out. */
  | {
      readonly type: 'duplicate';
      readonly path: string;
      readonly first: 'running' | 'done';
      readonly position: RecordPosition;
    }
  | { readonly type: 'closing' }
  | { readonly type: 'closed' }
  | { readonly type: 'driver'; readonly event: DriverEvent };

/** What a handler counts. */
export const handlerCounterNames = [
  'calls',
  'oneWayCalls',
  'gatherCalls',
  'hellos',
  'questionsDropped',
  'expired',
  'maybeExecuted',
  'duplicates',
  'outcomesLost',
  'cancelled',
  'refused',
  'unknownKinds',
  'repliesRefused',
  'repliesFailed',
  'retries',
  'deadLetters',
  'clientsLost',
  'streamsRefused',
  'crowded',
] as const;

/** Counts of what a handler did and saw. */
export type KafkaHandlerCounter = (typeof handlerCounterNames)[number];
