/** A record's value: one envelope, or an array of them for the same address (a bundle). One grammar for both, read on both sides. */
import { KafkaTransportError } from '../errors/transport-error.js';
import { type DecodedEnvelope, decodeEnvelope } from './decode-envelope.js';
import { maxBundleItems } from './limits.js';

export { maxBundleItems } from './limits.js';

/** Joins encoded envelopes. A single one is written plain. */
export function joinEnvelopes(envelopes: readonly string[]): string {
  return envelopes.length === 1 ? envelopes[0]! : `[${envelopes.join(',')}]`;
}

/**
 * Reads a record's value.
 * @throws KafkaTransportError with code `PARSE_ERROR` when there is nothing that could be read at all.
 */
export function decodeValue(value: Uint8Array | null): readonly DecodedEnvelope[] {
  if (value === null) throw malformed('it has no value');
  const parsed = parseJson(value);
  if (!Array.isArray(parsed)) return [decodeEnvelope(parsed)];
  if (parsed.length === 0) throw malformed('its bundle is empty');
  if (parsed.length > maxBundleItems) {
    throw malformed(`its bundle has ${parsed.length} envelopes, at most ${maxBundleItems} are read`);
  }
  return parsed.map(decodeEnvelope);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(value));
  } catch (cause) {
    throw malformed(`its value is no UTF-8 JSON (${(cause as Error).message.slice(0, 120)})`, cause);
  }
}

function malformed(why: string, cause?: unknown): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the record cannot be read: ${why}`,
    cause,
  });
}
