/**
 * What a procedure says about its own calls over Kafka, in tRPC's `meta`. Types only: the adapter reads it.
 * It stands here since a router's type names it: whoever shares that type with clients shares no adapter.
 */

/**
 * For `initTRPC.meta<KafkaMeta>()`, alone or with a meta of your own.
 *
 * @example
 * const t = initTRPC.meta<KafkaMeta & { auth?: 'none' | 'user' }>().create();
 * const rebuildIndex = t.procedure.meta({ kafka: { delivery: 'at-least-once' } }).mutation(() => {});
 */
export interface KafkaMeta {
  /** What the transport should know of the procedure. @default as the kind of the procedure and the handler's options have it */
  readonly kafka?: KafkaProcedureOptions;
}

/** What a procedure can say about its calls. */
export interface KafkaProcedureOptions {
  /**
   * What becomes of a two-way call that a server may have run before it died.
   * `at-least-once`: it is run again, also a mutation without `idempotencyKey`.
   * `at-most-once`: it is not run again, also a query, or a mutation with `idempotencyKey`; its caller gets `MAYBE_EXECUTED`.
   * One-way calls are always carried out at least once; subscriptions are always started again.
   * @default 'at-least-once' for queries and for mutations with an `idempotencyKey`, 'at-most-once' for other mutations
   */
  readonly delivery?: KafkaDelivery;
  /**
   * Of a query: true lets callers gather it, that is, ask every server instance at once. Whoever may write to the
   * service's control topic can then have every instance run it: so it is off unless the procedure's author says so.
   * @default false
   */
  readonly gather?: boolean;
  /**
   * How many of its calls a server instance runs at a time, of two-way and of one-way calls each; a subscription
   * counts until it has started. The others wait, and hold up no call of another procedure.
   * @default as many as the handler runs of all
   */
  readonly maxConcurrent?: number;
  /**
   * True: calls that have the same `key` and come by the same topic run one after another, in the order in which they were
   * written, together with those of other procedures that say so. It holds while their partition stays with one server
   * instance: when it moves, the new owner does not wait for what the old one has begun. Calls without a `key` have no order.
   * @default false
   */
  readonly ordered?: boolean;
  /** How its one-way calls are tried again. @default the handler's `oneWay` options, each by itself */
  readonly retry?: KafkaRetryOptions;
}

/** Whether a call that may have been run is run again, or not. */
export type KafkaDelivery = 'at-least-once' | 'at-most-once';

/** How one-way calls that fail are tried again. */
export interface KafkaRetryOptions {
  /** How often a call that fails is tried before it goes to the dead-letter topic. @default 5 */
  readonly attempts?: number;
  /** Wait before the second attempt, in ms; doubles with each. @default 200 */
  readonly initialDelayMs?: number;
  /** Longest wait between attempts, in ms. @default 30000 */
  readonly maxDelayMs?: number;
}
