/**
 * Turns what Kafka clients throw into `KafkaTransportError`.
 * Owns: the mapping of names and types to codes, and the wording. Must not know: what was being done, beyond the text it is given.
 * kafkajs errors are told apart by `name` and `type`, not by class: a process may hold several copies of kafkajs.
 */
import {
  isKafkaTransportError,
  KafkaTransportError,
  type KafkaTransportErrorCode,
} from '../../errors/transport-error.js';
import { isRetriableKafkaError, isTooLarge, kafkaErrorName } from './kafka-error-codes.js';

/** The fields that errors of clients have: those of kafkajs, which a driver on another client gives its errors as well. */
export interface ClientErrorFields extends Error {
  readonly type?: string;
  readonly code?: string | number;
  readonly retriable?: boolean;
  readonly broker?: string;
  readonly host?: string;
  readonly port?: number;
}

/** What is known where an error is mapped. */
export interface ErrorContext {
  /** What was being done and where, as the beginning of a sentence: `cannot create topic orders`. */
  readonly doing: string;
  /** Brokers that were tried, `host:port`. */
  readonly brokers?: Iterable<string>;
}

/** The first error of the chain that says what happened: kafkajs wraps it when retries are used up. */
export function originalError(error: unknown): ClientErrorFields {
  let current = toError(error) as ClientErrorFields;
  for (let depth = 0; depth < 8; depth++) {
    const cause = current.cause;
    if (!(cause instanceof Error) || cause === current || isKafkaTransportError(current)) break;
    current = cause as ClientErrorFields;
  }
  return current;
}

/** Maps any error to a transport error; one that is mapped already is returned as it is. */
export function toTransportError(error: unknown, context: ErrorContext): KafkaTransportError {
  if (isKafkaTransportError(error)) return error;
  const original = originalError(error);
  const { code, retryable, advice } = classify(original);
  const brokers = [...(context.brokers ?? [])];
  const tried = code === 'BROKERS_UNREACHABLE' ? ` (tried ${brokers.join(', ') || 'no broker'})` : '';
  return new KafkaTransportError({
    code,
    message: `${context.doing}: ${describe(original)}${tried}${advice}`,
    retryable,
    cause: error,
  });
}

/** A right to a topic, by the name that Kafka's tools have for it. */
export type TopicRight = 'READ' | 'WRITE' | 'CREATE' | 'DESCRIBE_CONFIGS';

/** The transport error for an error code that a broker answered; `right` is the one that was needed, where that is known. */
export function codeToTransportError(
  errorCode: number,
  doing: string,
  right?: TopicRight,
): KafkaTransportError {
  const type = kafkaErrorName(errorCode);
  const { code, retryable, advice } = classify({ type } as ClientErrorFields, right);
  return new KafkaTransportError({ code, message: `${doing}: ${type}${advice}`, retryable });
}

/** The error for brokers that did not answer in time. */
export function unreachable(context: ErrorContext, cause?: unknown): KafkaTransportError {
  const reason = cause === undefined ? 'no answer in time' : describe(originalError(cause));
  return new KafkaTransportError({
    code: 'BROKERS_UNREACHABLE',
    message: `${context.doing}: no broker could be reached (tried ${[...(context.brokers ?? [])].join(', ') || 'none'}): ${reason}`,
    retryable: true,
    cause,
  });
}

/** The error of everything that is asked of a closed driver. */
export function closedError(doing: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'CLIENT_CLOSED', message: `${doing}: the Kafka driver was closed` });
}

/** True for a lost, refused or silent connection: the broker is to be dropped and looked up again. */
export function isConnectionTrouble(error: unknown): boolean {
  return connectionTroubles.has(originalError(error).name);
}

/** An error of a client other than kafkajs, in the terms of this file. */
export function clientError(
  name:
    | 'KafkaConnectionError'
    | 'KafkaRequestTimeoutError'
    | 'KafkaAuthenticationError'
    | 'KafkaResponseError',
  message: string,
  fields: Partial<Omit<ClientErrorFields, 'name' | 'message'>> = {},
): ClientErrorFields {
  return Object.assign(new Error(message), { name, ...fields });
}

const connectionTroubles: ReadonlySet<string> = new Set([
  'KafkaConnectionError',
  'KafkaRequestTimeoutError',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSLockTimeout',
]);

/** Any thrown value as an `Error`. */
export function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** True when brokers refused the credentials. */
export function isAuthenticationFailure(error: unknown): boolean {
  return isAuthentication(originalError(error));
}

/**
 * What kafkajs throws at a second request to a broker while the first one still waits for the versions it speaks
 * (broker/index.js): the socket is connected, so it takes the broker for connected.
 */
const notYetConnected = 'Broker not connected';

interface Classified {
  readonly code: KafkaTransportErrorCode;
  readonly retryable: boolean;
  readonly advice: string;
}

function classify(error: ClientErrorFields, right?: TopicRight): Classified {
  const type = error.type ?? '';
  if (isAuthentication(error)) {
    return {
      code: 'AUTHENTICATION_FAILED',
      retryable: false,
      advice: '; check the sasl settings of the Kafka client',
    };
  }
  if (type.endsWith('AUTHORIZATION_FAILED')) {
    return { code: 'AUTHORIZATION_FAILED', retryable: false, advice: `; ${adviceOn(type, right)}` };
  }
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'UNKNOWN_TOPIC_ID') {
    return { code: 'TOPIC_MISSING', retryable: false, advice: '; create it, or let the transport create it' };
  }
  if (isTooLarge(type)) {
    return { code: 'PAYLOAD_TOO_LARGE', retryable: false, advice: '; raise max.message.bytes of the topic' };
  }
  if (error.name === 'KafkaJSRequestTimeoutError' || error.name === 'KafkaRequestTimeoutError') {
    const advice = `; the broker ${error.broker ?? ''} takes requests and does not answer them: is it hung, or overloaded?`;
    return { code: 'BROKER_ERROR', retryable: true, advice };
  }
  if (isConnectionTrouble(error)) {
    return { code: 'BROKERS_UNREACHABLE', retryable: true, advice: '' };
  }
  if (type === 'INCONSISTENT_GROUP_PROTOCOL') {
    const advice = '; the group has members that are not ours: give it a group id of its own';
    return { code: 'BROKER_ERROR', retryable: false, advice };
  }
  // kafkajs has older names for some codes (GROUP_LOAD_IN_PROGRESS), but knows itself which may be tried again.
  const retryable =
    isRetriableKafkaError(type) || error.retriable === true || error.message === notYetConnected;
  return { code: 'BROKER_ERROR', retryable, advice: '' };
}

function adviceOn(type: string, right: TopicRight | undefined): string {
  if (type === 'TOPIC_AUTHORIZATION_FAILED' && right !== undefined)
    return `grant the principal ${right} on the topic`;
  if (type === 'TOPIC_AUTHORIZATION_FAILED')
    return 'grant the principal WRITE on topics it writes to, READ on those it reads, DESCRIBE on those it looks for';
  if (type === 'GROUP_AUTHORIZATION_FAILED') return 'grant the principal READ on the group';
  return 'grant the principal the right it lacks';
}

function isAuthentication(error: ClientErrorFields): boolean {
  return (
    error.name === 'KafkaJSSASLAuthenticationError' ||
    error.name === 'KafkaAuthenticationError' ||
    error.type === 'SASL_AUTHENTICATION_FAILED' ||
    error.type === 'UNSUPPORTED_SASL_MECHANISM' ||
    error.type === 'ILLEGAL_SASL_STATE'
  );
}

function describe(error: ClientErrorFields): string {
  const message = error.message || error.name;
  return error.type === undefined || message.includes(error.type) ? message : `${error.type} (${message})`;
}
