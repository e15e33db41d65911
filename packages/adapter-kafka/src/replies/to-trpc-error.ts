/** Makes a TRPCError of whatever the user's code threw. */
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';

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
