/** Makes a TRPCError of whatever the user's code threw. */
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { isKafkaTransportError } from '@trpc-kafka/core';

/** As tRPC does it, but never throws: a getter of an error may throw, and a proxy that is revoked cannot even be looked at. */
export function toTRPCError(cause: unknown): TRPCError {
  try {
    return getTRPCErrorFromUnknown(cause);
  } catch {
    return new TRPCError({
      code: 'INTERNAL_SERVER_ERROR',
      message: 'What was thrown cannot be read as an error',
    });
  }
}

/** The error for a record, or a part of one, that is refused as it is read. */
export function toRefusalError(cause: Error): TRPCError {
  const isCodec = isKafkaTransportError(cause) && cause.code === 'UNSUPPORTED_MEDIA_TYPE';
  return new TRPCError({
    code: isCodec ? 'UNSUPPORTED_MEDIA_TYPE' : 'PARSE_ERROR',
    message: cause.message,
    cause,
  });
}
