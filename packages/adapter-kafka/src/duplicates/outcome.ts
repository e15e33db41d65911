/**
 * Duplicates: mutations that arrive again are answered with the first outcome instead of being carried out again.
 * Owns: what makes two calls the same, what is remembered of an outcome, where and for how long.
 * Must not know: how a call is carried out, Kafka (but for the store that is kept in a topic).
 */
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';

/** An outcome as it is remembered. */
export interface KeptOutcome {
  /** The codec of the envelope, by the name that stands in record headers: `json`, unless the caller had another. */
  readonly codec: string;
  /** The envelope that the first caller got, as PROTOCOL.md has it: its data, or its error. Empty for a one-way call. */
  readonly envelope: string | Uint8Array;
  /** Tells inputs apart, so that one key for two different requests is noticed. */
  readonly fingerprint: string;
  /** When it may be forgotten, in ms since 1970. */
  readonly expiresAtMs: number;
}

/**
 * A place for outcomes that outlasts an instance and is seen by all of them: a table of a database, say.
 * It is asked about mutations with an `idempotencyKey` only. A call whose store rejects is not carried out, and its
 * caller gets an error that says so.
 */
export interface OutcomeStore {
  /** The outcome that was kept under a key, if there is one and it has not expired. */
  find(key: string): KeptOutcome | undefined | PromiseLike<KeptOutcome | undefined>;
  /** Keeps an outcome; the first caller is answered when it is done. When it rejects, he is answered all the same. */
  keep(key: string, outcome: KeptOutcome): void | PromiseLike<void>;
}

/** What a call is known by. */
export interface CallIdentity {
  /** The caller's instance and the id: the same for a record that is read or written twice. */
  readonly call: string;
  /** Kind, procedure, scope and `idempotencyKey`: the same for calls that a caller makes anew. */
  readonly key: string | undefined;
  readonly fingerprint: string;
  /** The partition its record stands in. */
  readonly partition: number;
  readonly oneWay: boolean;
}

/** Remembers outcomes of calls. Synchronous wherever it can be: every mutation passes here. */
export interface OutcomeMemory {
  find(identity: CallIdentity): KeptOutcome | undefined | PromiseLike<KeptOutcome | undefined>;
  keep(identity: CallIdentity, outcome: KeptOutcome): void | PromiseLike<void>;
  /** A partition of calls is this instance's from now on; none of them is run before this resolves. Rejects when the partition is given up before. */
  open?(partition: number): Promise<void>;
  /** It is no more. */
  release?(partition: number): void;
  close?(): void;
}

/** An outcome that was just reached. */
export interface FreshOutcome {
  readonly codec: string;
  readonly envelope: string | Uint8Array;
  /** False for an error that another run may not meet. */
  readonly isFinal: boolean;
}

/**
 * Errors after which a caller tries again because it may go well then: it must not be told the old one for as long as
 * outcomes are remembered. Those of credentials are among them, since a caller fetches others and comes back.
 */
const passingCodes: ReadonlySet<TRPC_ERROR_CODE_KEY> = new Set<TRPC_ERROR_CODE_KEY>([
  'INTERNAL_SERVER_ERROR',
  'BAD_GATEWAY',
  'SERVICE_UNAVAILABLE',
  'GATEWAY_TIMEOUT',
  'TIMEOUT',
  'CLIENT_CLOSED_REQUEST',
  'TOO_MANY_REQUESTS',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'PAYMENT_REQUIRED',
]);

/** True for an error that the same call would meet again. */
export function isFinalError(code: TRPC_ERROR_CODE_KEY): boolean {
  return !passingCodes.has(code);
}
