/** What a client can be told, with every default in one place. */
import type {
  DriverEvent,
  KafkaService,
  RecordCodec,
  RecordInterceptor,
  RecordPosition,
  TransportLogger,
} from '@trpc-kafka/core';
import type { KafkaSource, TopicsMode } from '@trpc-kafka/core/internal';
import type { NoServer } from './calls/call-options.js';

/** Options of `createKafkaClient`. */
export interface KafkaClientOptions {
  /** The kafkajs instance as the application made it, with its brokers, SASL and TLS; or a `KafkaDriver`. */
  readonly kafka: KafkaSource;
  /** The service to call: its definition, or just its name. */
  readonly service: KafkaService | string;
  /** The application's name: its replies are read from `<app>.replies`. @default the service's own reply topic */
  readonly app?: string;
  /** Whether missing topics are created or demanded. @default 'create' */
  readonly topics?: TopicsMode;
  /** How long a call waits for its outcome (of a streamed result: for its head), in ms; `kafkaContext({ timeoutMs })` sets it for one call. @default 10000 */
  readonly timeoutMs?: number;
  /**
   * How long whoever reads a streamed result waits for its next part, in ms; `kafkaContext({ idleTimeoutMs })` sets it for one call.
   * It counts only while somebody waits: a reader may take its time. A server that dies is noticed by `keepAlive`.
   * @default 300000, as Node's own fetch waits for the next bytes of a body
   */
  readonly idleTimeoutMs?: number;
  /**
   * What becomes of calls and subscriptions while no server of the service is there; `kafkaContext({ noServer })` says it for one.
   * `'wait'`: they wait in their topic for one that starts before `timeoutMs` is over. `'fail'`: where no server was heard
   * for two seconds, they first ask whether one is there, which costs a round trip, and fail with `NO_SERVER` within 300 ms
   * when none answers. Servers with `discovery: false` do not answer.
   * @default 'wait'
   */
  readonly noServer?: NoServer;
  /** Calls that may wait for their outcome at a time; one more fails with `TOO_MANY_REQUESTS`. Subscriptions count until they have started. @default 10000 */
  readonly maxPendingCalls?: number;
  /**
   * Streams that may be open at a time: subscriptions, whether they have started or not, and streamed results that are not
   * yet here as a whole. One more fails with `TOO_MANY_REQUESTS`; what is open goes on, also over restarts.
   * @default 10000
   */
  readonly maxStreams?: number;
  /** Largest record written, in bytes; a call above it fails alone with `PAYLOAD_TOO_LARGE`. @default 900000 */
  readonly maxMessageBytes?: number;
  /** Values every call tells the server in `createContext({ info: { connectionParams } })`; a function is asked at each connect. @default none */
  readonly connectionParams?: ConnectionParams | (() => ConnectionParams | Promise<ConnectionParams>);
  /** The codec that calls are written in, and answered; servers must have it, too (`codecs` of `applyKafkaHandler`). @default JSON */
  readonly codec?: RecordCodec;
  /** See and may change or refuse records. @default none */
  readonly interceptors?: readonly RecordInterceptor[];
  /** Receives what the client recovers from or drops. @default silent */
  readonly logger?: TransportLogger;
  /** How this client and the servers of its subscriptions know of each other. @default the defaults of {@link KeepAliveOptions} */
  readonly keepAlive?: KeepAliveOptions;
  /** Whether the client is connected only while it is used. @default connected from its creation on */
  readonly lazy?: LazyOptions;
  /**
   * How long to wait before the next attempt to connect, in ms, from the number of attempts that failed: for the first
   * connection, and for each that was lost, which counts from 0 again. A subscription that was lost is opened anew at once, and then at this pace. It says nothing about calls: these are written,
   * and their replies read, as soon as the brokers answer.
   * @default 0, then 2 s, 4 s … up to 30 s, as tRPC's createWSClient
   */
  readonly retryDelayMs?: (attemptIndex: number) => number;
  /** Called when the client is connected and its inbox positioned, and each time it is so again after a loss. @default nobody is told */
  readonly onOpen?: () => void;
  /** Called when an attempt to connect failed; the next one follows after `retryDelayMs`. @default nobody is told */
  readonly onError?: (error: Error) => void;
  /** Called once after each `onOpen`: with the cause when the brokers were lost, without when the client disconnected. @default nobody is told */
  readonly onClose?: (cause?: Error) => void;
}

/** How a client and the servers of its subscriptions know of each other. Costs a few small records for each server, however many streams there are. */
export interface KeepAliveOptions {
  /** How often a server that runs subscriptions of this client is told that the client is there, in ms. @default 5000 */
  readonly intervalMs?: number;
  /**
   * How long one side may hear nothing from the other before it takes it for dead, in ms, at least twice `intervalMs`. A
   * server then ends the subscriptions of this client, the client opens those of that server on another. Time in which
   * the brokers are away does not count. @default 15000
   */
  readonly lostAfterMs?: number;
}

/** When a client is connected; spelled as in tRPC's `createWSClient`. */
export interface LazyOptions {
  /**
   * Connects when there is something to do: a call, a subscription, a one-way call, `ready()`. Disconnects when
   * nothing of it is under way any more, and then holds no sockets and keeps no process alive.
   * @default false
   */
  readonly enabled: boolean;
  /**
   * How long nothing must have been under way before it disconnects, in ms. Connecting takes some round trips, so give
   * it the pause between two calls that are to share a connection.
   * @default 0
   */
  readonly closeMs?: number;
}

/** Texts a client tells its servers with every call. */
export type ConnectionParams = Readonly<Record<string, string>> | null | undefined;

/** A state change of a client. */
export type KafkaClientEvent =
  | { readonly type: 'open' }
  | { readonly type: 'connect-failed'; readonly error: Error; readonly retryInMs: number }
  /** The brokers that replies are read from do not answer; the client connects again by itself. */
  | { readonly type: 'lost'; readonly error: Error }
  /** A lazy client disconnected, since nothing was under way; the next call connects it again. */
  | { readonly type: 'idle' }
  /** The client was closed. */
  | { readonly type: 'close' }
  /** A subscription lost its stream, and is being given another. */
  | { readonly type: 'stream-lost'; readonly path: string; readonly error: Error }
  /** What the Kafka driver went through; it may be shared with other clients and handlers. */
  | { readonly type: 'driver'; readonly event: DriverEvent }
  | {
      readonly type: 'stray-reply';
      readonly reason: string;
      readonly position: RecordPosition;
      readonly detail: string;
    };

/** What a client counts. */
export const clientCounterNames = [
  'calls',
  'timeouts',
  'cancels',
  'oneWayCalls',
  'gathers',
  'lateReplies',
  'unreadableReplies',
] as const;

/** Counts of what a client did and saw. */
export type KafkaClientCounter = (typeof clientCounterNames)[number];

/** tRPC's back-off (client/src/links/wsLink/wsClient/options.ts), so that both transports recover alike. */
export function defaultRetryDelayMs(attemptIndex: number): number {
  return attemptIndex === 0 ? 0 : Math.min(1000 * 2 ** attemptIndex, 30_000);
}
