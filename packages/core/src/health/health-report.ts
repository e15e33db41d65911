/**
 * What handlers and clients answer when they are asked how they are.
 * Owns: the words. Must not know: HTTP, Kubernetes, where the facts come from.
 */

/**
 * Where an instance is.
 * `starting`: never ready so far. `ready`. `idle`: ready, with nothing to do (no partition is left for it, or a lazy client
 * has disconnected). `unready`: was ready, and finds back by itself. `draining` and `closed`: `close()` was called.
 * `failed`: only a restart helps.
 */
export type HealthState = 'starting' | 'ready' | 'idle' | 'unready' | 'draining' | 'closed' | 'failed';

/** Why an instance is not, or soon may not be, what it should be. */
export interface HealthReason {
  /** Stable, for alerts. */
  readonly code: HealthReasonCode;
  /** What it unsets. `nothing`: good to know. */
  readonly affects: 'nothing' | 'readiness' | 'liveness';
  /** What happened, where, since when. */
  readonly message: string;
  /** What to do; also where that is to wait. */
  readonly cure: string;
  /** When it began, in ms of `Date.now()`. */
  readonly sinceMs: number;
}

/** Every code of a {@link HealthReason}. */
export type HealthReasonCode =
  /** Not ready for the first time yet. */
  | 'STARTING'
  /** An attempt to start failed; another one follows. */
  | 'START_FAILED'
  /** The handler could not start and does not try again. */
  | 'START_GIVEN_UP'
  /** The members of a group are being given their partitions. */
  | 'REBALANCING'
  /** The membership in a group ended; it joins again by itself. */
  | 'GROUP_LOST'
  /** A group was to join again, and nothing was heard of that for minutes. */
  | 'GROUP_DEAD'
  /** The coordinator of a group cannot be asked. */
  | 'GROUP_INTERRUPTED'
  /** An inbox cannot be read. */
  | 'INBOX_INTERRUPTED'
  /** Brokers have not taken records for 10 s. */
  | 'PRODUCER_HELD_UP'
  /** The client is not connected; it connects by itself. */
  | 'NOT_CONNECTED'
  /** Other instances have all partitions. */
  | 'IDLE'
  /** `close()` was called. */
  | 'DRAINING'
  | 'CLOSED';

/** A topic read as the member of a group. */
export interface GroupHealthDetails {
  readonly groupId: string;
  readonly topic: string;
  readonly state: 'joining' | 'positioned' | 'rebalancing' | 'failed';
  readonly partitions: number;
}

/** A partition read without a group. */
export interface InboxHealthDetails {
  readonly topic: string;
  readonly partition: number;
  readonly state: 'opening' | 'open' | 'interrupted';
}

/** The parts of an instance. */
export interface HealthDetails {
  readonly service: string;
  /** None of a client. */
  readonly groups: readonly GroupHealthDetails[];
  readonly inboxes: readonly InboxHealthDetails[];
  readonly producer: 'unconnected' | 'connected' | 'held up';
}

/** How an instance is. */
export interface HealthReport {
  readonly state: HealthState;
  /** False when only a restart helps: never for brokers that are away, nor for rights or topics that are missing meanwhile. */
  readonly alive: boolean;
  /** Calls that are made now are answered, or sent. */
  readonly ready: boolean;
  /** It was ready once. */
  readonly started: boolean;
  readonly reasons: readonly HealthReason[];
  readonly details: HealthDetails;
}

/** What is asked of a report. */
export interface HealthOptions {
  /** How long a rebalance may take until it unsets `ready`, in ms. @default 10000 */
  readonly rebalanceGraceMs?: number;
}
