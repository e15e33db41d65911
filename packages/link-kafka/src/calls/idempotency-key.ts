/** Idempotency keys that are made up for calls. */
import type { KafkaCallOptions } from './call-options.js';

/** A call's options, with a text for its key where it is to have one. */
export type SettledCallOptions = Omit<KafkaCallOptions, 'idempotencyKey'> & {
  readonly idempotencyKey?: string;
};

/**
 * By the operations themselves: `retryLink` starts the same object again (client/src/links/retryLink.ts). Not by their
 * contexts, since callers keep one to make many calls with.
 */
const madeUp = new WeakMap<object, string>();

/** The options of an operation: a key that is made up is the same however often it is started. */
export function settleKey(options: KafkaCallOptions, op: object): SettledCallOptions {
  const { idempotencyKey } = options;
  if (idempotencyKey !== true) return options as SettledCallOptions;
  let key = madeUp.get(op);
  if (key === undefined) {
    key = crypto.randomUUID();
    madeUp.set(op, key);
  }
  return { ...options, idempotencyKey: key };
}
