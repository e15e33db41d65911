/** Ends that are not the call's own: its server closes, or its client is gone. What each is told as. */
import { TRPCError } from '@trpc/server';
import { toTRPCError } from '../replies/to-trpc-error.js';
import type { ServedCall } from './served-call.js';

/** The call may be made again: another instance, or this one started anew, will take it. */
export function serverClosing(cause: unknown): TRPCError {
  return new TRPCError({
    code: 'SERVICE_UNAVAILABLE',
    message: 'The server instance was closed before the call was done',
    cause: cause === undefined ? undefined : toTRPCError(cause),
  });
}

/** Why a stream ended that could go on, as it is told to its client. */
type LossReason = 'closing' | 'lease' | 'unwritten';

/** Why a stream that its client knows to do without, or to open anew, ended before its time; `undefined` of any other. */
export function lossReason({ abortReason, message }: ServedCall): LossReason | undefined {
  if (abortReason === 'client-lost') return 'lease';
  if (abortReason === 'unwritten') return 'unwritten';
  // A subscription goes on elsewhere; a call has an error for its outcome.
  if (abortReason !== 'closing' || message.method !== 'subscription') return undefined;
  return message.leaseMs === undefined ? undefined : 'closing';
}
