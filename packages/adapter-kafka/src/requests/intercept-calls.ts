/** Asks the interceptors about a record, and about each of its calls where they refuse the whole: one call must not spoil the others. */
import { TRPCError } from '@trpc/server';
import type { IncomingRecord, RecordInterceptor } from '@trpc-kafka/core';
import { runAfterReceive } from '@trpc-kafka/core/internal';
import { type ReadCalls, toInterception } from './call-reader.js';

/** Calls of one record about which the interceptors agree. */
export interface JudgedCalls {
  /** With the headers as the interceptors left them. */
  readonly read: ReadCalls;
  /** What was thrown; `undefined` when they may run. */
  readonly refusal: unknown;
}

/** Judges all calls of a record. Never rejects. */
export async function interceptCalls(
  interceptors: readonly RecordInterceptor[],
  record: IncomingRecord,
  read: ReadCalls,
): Promise<readonly JudgedCalls[]> {
  // Interceptors may change headers: each time they are asked about what arrived, not about what they made of it before.
  const ask = async (calls: ReadCalls): Promise<JudgedCalls> => {
    const asked = { ...calls, headers: { ...read.headers } };
    try {
      await runAfterReceive(interceptors, toInterception(record, asked));
      return { read: asked, refusal: undefined };
    } catch (error) {
      const refusal =
        error ?? new TRPCError({ code: 'FORBIDDEN', message: 'An interceptor refused the record' });
      return { read: asked, refusal };
    }
  };
  const whole = await ask(read);
  if (whole.refusal === undefined || read.calls.length === 1) return [whole];
  return await Promise.all(
    read.calls.map((call, n) => ask({ ...read, calls: [call], batchIndexes: [read.batchIndexes[n]!] })),
  );
}
