/**
 * Errors: the one error class of every package, its stable codes, and the check that works across copies of the package.
 * Owns: `KafkaTransportError`, its code table. Must not know: tRPC, Kafka clients, timers.
 */

/** Every code a {@link KafkaTransportError} can carry. Where tRPC has a key for the situation, the code is that key. */
export type KafkaTransportErrorCode =
  /** No reply arrived before the call's deadline, or the server answered that the deadline had passed. */
  | 'TIMEOUT'
  /** The server that had the call died: it may have been executed, and was not executed again. In a dead letter: the call is taken for the cause. */
  | 'MAYBE_EXECUTED'
  /** No server of the service answered a hello, and the call was to fail then (`noServer: 'fail'`). It was not sent. */
  | 'NO_SERVER'
  /** The client or handler was closed while, or before, the call ran. */
  | 'CLIENT_CLOSED'
  /** A record would exceed `maxMessageBytes` or the topic's `max.message.bytes`. */
  | 'PAYLOAD_TOO_LARGE'
  /** `maxPendingCalls` calls already wait for their outcome, or `maxStreams` streams are open. */
  | 'TOO_MANY_REQUESTS'
  /** An input that cannot travel as text (FormData, Blob, streams), or a codec nobody here speaks. */
  | 'UNSUPPORTED_MEDIA_TYPE'
  /** Bytes, headers or an envelope that do not follow PROTOCOL.md; a `lastEventId` that is no position in a topic. */
  | 'PARSE_ERROR'
  /** A record of another major version of the protocol. */
  | 'UNSUPPORTED_VERSION'
  /** An option, service definition or per-call option that is not valid. */
  | 'INVALID_OPTION'
  /** None of the brokers could be reached. */
  | 'BROKERS_UNREACHABLE'
  /** Brokers refused the credentials. */
  | 'AUTHENTICATION_FAILED'
  /** Brokers refused the operation for the authenticated principal. */
  | 'AUTHORIZATION_FAILED'
  /** A topic that is needed does not exist and is not to be created. */
  | 'TOPIC_MISSING'
  /** A topic exists with settings the transport cannot work with. */
  | 'TOPIC_UNFIT'
  /** The records that a stream of a topic would go on with are gone, or its position lies beyond the topic's end. */
  | 'POSITION_LOST'
  /** A record of a topic that its decoder refuses, or that cannot be unpacked. */
  | 'RECORD_UNREADABLE'
  /** The brokers did not take a record. */
  | 'PRODUCE_FAILED'
  /** A request to the brokers failed for another reason. */
  | 'BROKER_ERROR'
  /** A reply address or sender that this side does not accept. */
  | 'ADDRESS_REFUSED'
  /** A stream whose items cannot be put back in order: some were lost on the way. */
  | 'STREAM_LOST';

/** What a {@link KafkaTransportError} is made from. */
export interface KafkaTransportErrorOptions {
  readonly code: KafkaTransportErrorCode;
  /** What happened, where, what was known, what to do. */
  readonly message: string;
  /** True when the same call may succeed later without any change by the caller. @default false */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const brand: unique symbol = Symbol.for('trpc-kafka.transport-error') as never;

/**
 * A failure of the transport, not of a procedure: timeouts, unreachable brokers, records that are too large.
 * On the client it is the `cause` of a `TRPCClientError`; recognise it with {@link isKafkaTransportError}.
 */
export class KafkaTransportError extends Error {
  override readonly name = 'KafkaTransportError';
  readonly code: KafkaTransportErrorCode;
  readonly retryable: boolean;
  /** The message without the code in front of it, for errors that quote this one. */
  readonly reason: string;

  constructor(options: KafkaTransportErrorOptions) {
    super(`${options.code}: ${options.message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = options.code;
    this.retryable = options.retryable ?? false;
    this.reason = options.message;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Tells whether a value is a {@link KafkaTransportError}, also one made by another copy of this package
 * (an ESM and a CJS build loaded in one process).
 *
 * @example
 * if (isKafkaTransportError(error.cause) && error.cause.retryable) retryLater();
 */
export function isKafkaTransportError(value: unknown): value is KafkaTransportError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}
