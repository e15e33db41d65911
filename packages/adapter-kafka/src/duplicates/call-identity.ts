/** What makes two calls the same. */
import { createHash } from 'node:crypto';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaRequest } from '../options.js';
import type { CallIdentity } from './outcome.js';

/** Tells callers apart that may use the same keys. */
export type ScopeOfRequest = (req: KafkaRequest) => string;

/** What a call is known by. @throws what `scope` throws. */
export function identityOf(call: ServedCall, scope: ScopeOfRequest | undefined): CallIdentity {
  const { req, message } = call;
  const { partition, oneWay, idempotencyKey } = req;
  if (idempotencyKey === undefined)
    return { call: call.key, key: undefined, fingerprint: '', partition, oneWay };
  const kind = oneWay ? 'one-way' : message.method;
  const key = JSON.stringify([kind, message.path, scope?.(req) ?? '', idempotencyKey]);
  return { call: call.key, key, fingerprint: fingerprintOf(message.input), partition, oneWay };
}

/** Of an input as its record has it. Two inputs that differ only in what JSON does not have may have the same. */
export function fingerprintOf(input: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(input, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  } catch {
    return ''; // Nested beyond what can be written: then the key alone decides.
  }
  return createHash('sha256')
    .update(text ?? '')
    .digest('base64url')
    .slice(0, 22);
}
