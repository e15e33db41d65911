/** Judges records with several calls by the options that tRPC's other servers have for batches. */
import { TRPCError } from '@trpc/server';

/** What tRPC's servers can be told about batches. `kafkaLink` writes one call to a record, `kafkaBatchLink` and others may write more. */
export interface BatchLimit {
  /** Whether a record may hold several calls. @default true */
  readonly allowBatching?: boolean | undefined;
  /** The most calls that a record may hold. @default what the protocol allows */
  readonly maxBatchSize?: number;
}

/** Why none of a record's calls is run, whatever they are; `undefined` when they may be. Worded as by tRPC's servers. */
export function judgeBatch(limit: BatchLimit, size: number): TRPCError | undefined {
  if (size === 1) return undefined;
  if (limit.allowBatching === false) {
    return new TRPCError({ code: 'BAD_REQUEST', message: 'Batching is not enabled on the server' });
  }
  if (limit.maxBatchSize !== undefined && size > limit.maxBatchSize) {
    return new TRPCError({ code: 'BAD_REQUEST', message: 'Batch call exceeds maximum size' });
  }
  return undefined;
}
