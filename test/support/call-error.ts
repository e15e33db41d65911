/** What came of a call that was to fail, as a value that can be compared. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError, type KafkaTransportError } from '@trpc-kafka/core';

/** What a call was rejected with. Rejects when it was not. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    return error;
  }
  throw new Error(`it had a result: ${String(value).slice(0, 100)}`);
}

/** The transport's own error, also where tRPC's client has wrapped it. */
export async function transportErrorOf(call: Promise<unknown>): Promise<KafkaTransportError> {
  const error = await errorOf(call);
  if (isKafkaTransportError(error)) return error;
  if (error instanceof TRPCClientError && isKafkaTransportError(error.cause)) return error.cause;
  throw error;
}

/** The code of the server's error where there is one, else the transport's, else the message. */
export async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const error = await errorOf(call);
  if (isKafkaTransportError(error)) return error.code;
  if (!(error instanceof TRPCClientError)) throw error;
  if (isKafkaTransportError(error.cause)) return error.cause.code;
  return (error.data as { code?: unknown } | undefined)?.code ?? error.message;
}
