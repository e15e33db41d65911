/** Puts together what a call's record is made of, the same for two-way and one-way calls. */
import type { CallMessage } from '@trpc-kafka/core/internal';
import type { SettledCallOptions } from './idempotency-key.js';
import type { Inheritance } from './inheritance.js';
import type { Texts } from './texts.js';

/** What callers and links say about a call. */
export interface CallFacts {
  readonly path: string;
  /** What the transformer made of the input. */
  readonly input: unknown;
  readonly options: SettledCallOptions;
  /** What it takes over from the call in whose resolver it is made. */
  readonly inherited?: Inheritance;
}

/** What differs between calls of two kinds. */
export interface CallDetails extends Omit<CallMessage, 'kind' | 'path' | 'input' | 'connectionParams'> {
  readonly connectionParams: Texts | undefined;
}

/** The call as its server is told of it. */
export function callMessage(call: CallFacts, { connectionParams, ...details }: CallDetails): CallMessage {
  const { idempotencyKey } = call.options;
  return {
    kind: 'call',
    path: call.path,
    input: call.input,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(connectionParams === undefined ? {} : { connectionParams }),
    ...details,
  };
}

/** The record's key. Without one of its own, a call that is made again meets the same server by its idempotency key. */
export function recordKey({ key, idempotencyKey }: SettledCallOptions): string | undefined {
  return key ?? idempotencyKey;
}
