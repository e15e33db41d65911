/**
 * Turns what @platformatic/kafka reports into errors that the driver tells apart.
 * Owns: the meaning of its error codes. Must not know: what was being done.
 * Its errors are told apart by `code`, not by class: a process may hold several copies of it.
 */
import { type ClientErrorFields, clientError, toError } from '../cluster/client-errors.js';
import { isRetriableKafkaError, kafkaErrorName } from '../cluster/kafka-error-codes.js';

/** The fields its errors have. */
interface PlatformaticErrorFields extends Error {
  readonly code?: string;
  readonly errors?: readonly PlatformaticErrorFields[];
  /** What a broker answered, error codes included. */
  readonly response?: unknown;
  /** Of an error that a broker answered: Kafka's name, and what the broker said in words. */
  readonly apiId?: string;
  readonly serverErrorMessage?: string | null;
}

/** The answer that an error holds: an answer with an error code anywhere is one to @platformatic/kafka. */
export function answerIn(error: unknown): unknown {
  const { code, response } = error as PlatformaticErrorFields;
  return code === 'PLT_KFK_RESPONSE' ? response : undefined;
}

/** The error for a code that a broker answered where there is no more to the answer. */
export function responseError(
  errorCode: number,
  details: { readonly broker: string; readonly message?: string | null },
): ClientErrorFields {
  const type = kafkaErrorName(errorCode);
  const message = details.message ?? type;
  return clientError('KafkaResponseError', message, {
    type,
    broker: details.broker,
    retriable: isRetriableKafkaError(type),
  });
}

/** The error for a connection that could not be made, or that was lost. */
export function connectionError(error: unknown, broker: string): ClientErrorFields {
  const chain = causesOf(toError(error));
  const refusal = chain.find(isRefusal);
  const message = chain.map(({ message }) => message).join(': ');
  if (refusal !== undefined && !chain.some(isLostConnection)) {
    const said = chain.find((cause) => typeof cause.serverErrorMessage === 'string')?.serverErrorMessage;
    return clientError('KafkaAuthenticationError', said ?? message, { broker, retriable: false });
  }
  return clientError('KafkaConnectionError', `${broker}: ${message}`, { broker, retriable: true });
}

function causesOf(error: PlatformaticErrorFields): readonly PlatformaticErrorFields[] {
  const chain: PlatformaticErrorFields[] = [];
  let current: PlatformaticErrorFields | undefined = error;
  for (let depth = 0; current !== undefined && depth < 8; depth++) {
    chain.push(current);
    current = (current.cause as PlatformaticErrorFields | undefined) ?? current.errors?.[0];
  }
  return chain;
}

/** A mechanism that it does not know it calls a mistake of the user's. */
function isRefusal({ code, message }: PlatformaticErrorFields): boolean {
  return (
    code === 'PLT_KFK_AUTHENTICATION' || (code === 'PLT_KFK_USER' && message.startsWith('SASL mechanism'))
  );
}

/** A connection that is lost while it authenticates is reported as a refusal, too. The outermost error always is of this code. */
function isLostConnection({ code, message }: PlatformaticErrorFields): boolean {
  return code === 'PLT_KFK_NETWORK' && /closed|timed out|error/i.test(message);
}
