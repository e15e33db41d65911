/** What came of a call, as a value that can be compared. */
import { TRPCClientError } from '@trpc/client';
import { isKafkaTransportError } from '@trpc-kafka/core';

/** The code of what a call was rejected with; the server's where there is one, else the transport's. */
export async function codeOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    (value) => {
      throw new Error(`it had a result: ${String(value)}`);
    },
    (cause: unknown) => cause,
  );
  if (isKafkaTransportError(error)) return error.code;
  if (!(error instanceof TRPCClientError)) throw error;
  if (isKafkaTransportError(error.cause)) return error.cause.code;
  return (error.data as { code?: unknown } | undefined)?.code ?? error.message;
}
