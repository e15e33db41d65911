/** The server's side: an interceptor that refuses calls without a good token, and says who made the others. */
import { TRPCError } from '@trpc/server';
import type { RecordInterceptor } from '@trpc-kafka/core';
import { nameCall, readClaims } from './token.js';

/** The header in which `createContext` finds who calls. Whatever a caller writes there is replaced. */
export const callerHeader = 'x-caller';

/** Makes the interceptor; `secretOf` knows the secrets of all callers. */
export function verifyCalls(secretOf: (caller: string) => string | undefined): RecordInterceptor {
  return {
    afterReceive({ calls, headers, timestampMs }) {
      delete headers[callerHeader];
      if (calls.length === 0) return;
      const claims = readClaims(headers['authorization'] ?? '', secretOf);
      if (claims === undefined) throw unauthorized('the token is missing, or nobody we know has signed it');
      // The time at which brokers took the record: a one-way call may wait for days, and its token with it.
      if (timestampMs > claims.expiresAtMs) throw unauthorized('the token was too old when it was sent');
      const other = calls.find((call) => !claims.calls.includes(nameCall(call)));
      if (other !== undefined) throw unauthorized(`the token is for other calls than ${other.path}`);
      headers[callerHeader] = claims.caller;
    },
  };
}

function unauthorized(message: string): TRPCError {
  return new TRPCError({ code: 'UNAUTHORIZED', message });
}
