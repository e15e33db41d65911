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
  if (value === null) throw malformedValue('it has no value');
  return readBundle(parseJson(value), decodeEnvelope);
}

/** Reads what a codec made of a value: an envelope, or an array of them. */
export function readBundle(
  parsed: unknown,
  read: (envelope: unknown) => DecodedEnvelope,
): readonly DecodedEnvelope[] {
  if (!Array.isArray(parsed)) return [read(parsed)];
  if (parsed.length === 0) throw malformedValue('its bundle is empty');
  if (parsed.length > maxBundleItems) {
    throw malformedValue(`its bundle has ${parsed.length} envelopes, at most ${maxBundleItems} are read`);
  }
  const envelopes: DecodedEnvelope[] = [];
  // By index: of an array with holes, which a codec may make, `map` would leave them out.
  for (let i = 0; i < parsed.length; i++) envelopes.push(read(parsed[i]));
  return envelopes;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(value));
  } catch (cause) {
    throw malformedValue(`its value is no UTF-8 JSON (${(cause as Error).message.slice(0, 120)})`, cause);
  }
}

/** The error for a record whose value gives nothing. */
export function malformedValue(why: string, cause?: unknown): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the record cannot be read: ${why}`,
    cause,
  });
}
