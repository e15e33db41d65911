/**
 * Interceptors: code of the user's between the transport and Kafka, on both sides.
 * Owns: what an interceptor sees and may do. Must not know: who calls it.
 */
import type { RecordPosition } from '../driver/record.js';

/** What a record carries. */
export type RecordPurpose = 'call' | 'one-way' | 'reply' | 'control';

/** A call as interceptors see it; its input stays between caller and procedure. */
export interface InterceptedCall {
  readonly id: number | string;
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
}

/** A record that is about to be written. */
export interface OutgoingInterception {
  readonly purpose: RecordPurpose;
  readonly topic: string;
  /** The calls in the record; empty for replies and control messages. */
  readonly calls: readonly InterceptedCall[];
  /** The user's headers: read, add, change or remove them. Names that begin with `trpc-kafka` are refused. */
  readonly headers: Record<string, string>;
}

/** A record that arrived. */
export interface IncomingInterception {
  readonly purpose: RecordPurpose;
  readonly position: RecordPosition;
  readonly timestampMs: number;
  readonly calls: readonly InterceptedCall[];
  /** The record's own headers, read as UTF-8 text, without those of the transport. May be changed for those who come after. */
  readonly headers: Record<string, string>;
}

/**
 * Sees every record of a kind before it is written, or after it was read, and may refuse it by throwing:
 * on the client the call fails with what was thrown as its cause; on the server the caller gets it as an error
 * (throw a `TRPCError`, e.g. `UNAUTHORIZED`, to choose the code).
 *
 * A record with several calls that is refused is not lost as a whole: each of its calls is asked about by itself, with
 * the headers as they were at first, and only those that are refused again fail.
 *
 * @example
 * const signed: RecordInterceptor = {
 *   async beforeSend(record) {
 *     if (record.purpose === 'call') record.headers['authorization'] = `Bearer ${await token()}`;
 *   },
 * };
 */
export interface RecordInterceptor {
  beforeSend?(record: OutgoingInterception): void | Promise<void>;
  afterReceive?(record: IncomingInterception): void | Promise<void>;
}
