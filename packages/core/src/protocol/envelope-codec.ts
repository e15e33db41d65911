/**
 * Envelopes as a record's value, in JSON or in a codec of the user's.
 * Owns: how several envelopes share a value, and that nothing a codec throws or answers gets any further.
 * Must not know: what stands in an envelope, which codecs there are.
 */
import { isKafkaTransportError, type KafkaTransportError } from '../errors/transport-error.js';
import { decodeEnvelope } from './decode-envelope.js';
import { type DecodedEnvelope, refused } from './decoded-envelope.js';
import { encodeEnvelope, toPlainEnvelope } from './envelope.js';
import { isBytes } from './fields.js';
import type { Message } from './message.js';
import { withoutOddObjects } from './odd-objects.js';
import type { RecordCodec } from './record-codec.js';
import { decodeValue, joinEnvelopes, malformedValue, readBundle } from './record-value.js';

/** An envelope as a codec wrote it. */
export type EncodedEnvelope = string | Uint8Array;

/** Writes and reads the values of records. */
export interface EnvelopeCodec {
  /** The name in the record header. */
  readonly name: string;
  /** One envelope. @throws what the codec throws for a value it cannot write. */
  encode(message: Message): EncodedEnvelope;
  /** What an envelope costs in a value of several, beside its own bytes. */
  readonly jointBytes: number;
  /** A value of one or more envelopes that {@link encode} has written. */
  join(envelopes: readonly EncodedEnvelope[]): JoinedEnvelopes;
  /** @throws KafkaTransportError `PARSE_ERROR`, and nothing else, when nothing can be read at all. */
  decode(value: Uint8Array | null, parts: number | undefined): readonly DecodedEnvelope[];
}

/** The value of a record. */
export interface JoinedEnvelopes {
  readonly value: string | Uint8Array;
  /** What the record's header must say of it. */
  readonly parts: number | undefined;
}

/** UTF-8 JSON, which every implementation speaks. */
export const jsonEnvelopes: EnvelopeCodec = {
  name: 'json',
  encode: encodeEnvelope,
  jointBytes: 1, // a comma
  // What `encode` has written are texts.
  join: (envelopes) => ({ value: joinEnvelopes(envelopes as readonly string[]), parts: undefined }),
  // The envelopes of a bundle stand in an array of JSON's own: `parts` is for others.
  decode: (value) => decodeValue(value),
};

/** Envelopes in a codec of the user's, which writes texts or bytes and may throw whatever it likes. */
export function createEnvelopeCodec(codec: RecordCodec, writes: 'text' | 'bytes'): EnvelopeCodec {
  const { name } = codec;

  function read(bytes: Uint8Array): unknown {
    try {
      // A copy, since codecs hand out views for bytes inside a value: such a view would keep alive, and let be changed,
      // what was fetched with the record, its own bytes in a dead letter among it.
      return codec.decode(writes === 'text' ? utf8.decode(bytes) : new Uint8Array(bytes));
    } catch (cause) {
      throw malformedValue(`its value is no ${name} (${reasonOf(cause)})`, cause);
    }
  }

  /** A part that cannot be read does not take the others with it. */
  function readPart(bytes: Uint8Array): DecodedEnvelope {
    try {
      return readEnvelope(read(bytes));
    } catch (error) {
      return refused((error as KafkaTransportError).reason);
    }
  }

  return {
    name,
    encode(message) {
      const encoded: unknown = codec.encode(toPlainEnvelope(message));
      if (typeof encoded === 'string' || isBytes(encoded)) return encoded;
      throw new TypeError(`codec ${name} wrote neither text nor bytes, but ${typeof encoded}`);
    },
    jointBytes: lengthBytes,
    join(envelopes) {
      const [first, second] = envelopes;
      return second === undefined
        ? { value: first!, parts: undefined }
        : { value: joinParts(envelopes), parts: envelopes.length };
    },
    decode(value, parts) {
      if (value === null) throw malformedValue('it has no value');
      if (parts !== undefined) return splitParts(value, parts).map(readPart);
      const decoded = read(value);
      try {
        return readBundle(decoded, readEnvelope);
      } catch (cause) {
        if (isKafkaTransportError(cause)) throw cause;
        throw malformedValue(`its value cannot be looked at (${reasonOf(cause)})`, cause);
      }
    },
  };
}

/** Codecs may build what they like, objects with getters that throw among it. */
function readEnvelope(value: unknown): DecodedEnvelope {
  try {
    return decodeEnvelope(withoutOddObjects(value));
  } catch (cause) {
    return refused(`it cannot be looked at (${reasonOf(cause)})`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const utf8Encoder = new TextEncoder();
const lengthBytes = 4;

/** Encoded envelopes one after the other, each behind its length: a codec cannot be asked to join what it has encoded. */
function joinParts(envelopes: readonly EncodedEnvelope[]): Uint8Array {
  const parts = envelopes.map((each) => (typeof each === 'string' ? utf8Encoder.encode(each) : each));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + lengthBytes + part.byteLength, 0));
  const view = new DataView(joined.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.byteLength);
    joined.set(part, at + lengthBytes);
    at += lengthBytes + part.byteLength;
  }
  return joined;
}

/** The parts of a value, as views. */
function splitParts(value: Uint8Array, count: number): readonly Uint8Array[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (parts.length < count && at + lengthBytes <= value.byteLength) {
    const start = at + lengthBytes;
    at = start + view.getUint32(at);
    parts.push(value.subarray(start, at));
  }
  if (parts.length === count && at === value.byteLength) return parts;
  throw malformedValue(`its value does not have the ${count} parts that its header tells`);
}

/** What was thrown may be no error, and may itself throw when it is looked at. */
function reasonOf(cause: unknown): string {
  try {
    return String(cause instanceof Error ? cause.message : cause).slice(0, 120);
  } catch {
    return 'it threw what cannot be read';
  }
}
