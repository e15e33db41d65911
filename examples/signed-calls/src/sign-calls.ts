/** The client's side: an interceptor that puts a token into every record with calls, whichever link wrote it. */
import type { RecordInterceptor } from '@trpc-kafka/core';
import { nameCall, signClaims } from './token.js';

/** Who signs. */
export interface SignCallsOptions {
  readonly caller: string;
  readonly secret: string;
  /** How long a record may be on its way to the brokers. @default 60_000 */
  readonly validMs?: number;
}

/** Makes the interceptor. */
export function signCalls({ caller, secret, validMs = 60_000 }: SignCallsOptions): RecordInterceptor {
  return {
    beforeSend({ calls, headers }) {
      // Cancels and credit have no calls: they go by ids that nobody else knows.
      if (calls.length === 0) return;
      const expiresAtMs = Date.now() + validMs;
      headers['authorization'] = signClaims({ caller, expiresAtMs, calls: calls.map(nameCall) }, secret);
    },
  };
}
