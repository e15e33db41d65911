/**
 * Reads a record as a whole: header, version, addressee, envelopes, and that they agree with each other.
 * Owns: the rules that concern more than one part of a record. Must not know: drivers, topics, clocks, what becomes of a refused record.
 */
import { KafkaTransportError } from '../errors/transport-error.js';
import { type CodecTable, jsonOnly } from './codec-table.js';
import type { DecodedEnvelope } from './decode-envelope.js';
import type { EnvelopeCodec } from './envelope-codec.js';
import { isBytes } from './fields.js';
import { addresseeHeader, recordHeader } from './header-names.js';
import { isInboxId } from './inbox-address.js';
import { assertVersion, parseRecordFacts, parseVersion, type RecordFacts } from './record-facts.js';

/** A header as Kafka clients hand it out. */
export type HeaderValue = Uint8Array | string | null | undefined;

/** Headers as Kafka clients hand them out: an array where a name occurred more than once. */
export type RecordHeaders = Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;

/** What is read of a record. */
export interface ReadableRecord {
  readonly headers: RecordHeaders;
  readonly value: Uint8Array | null;
}

/** A record that follows the protocol. Single envelopes may still be refused, so that the others of a bundle are not lost with them. */
export interface ReceivedRecord {
  readonly facts: RecordFacts;
  /** The inbox the record is for; absent: every inbox of its topic. */
  readonly to?: string;
  readonly envelopes: readonly DecodedEnvelope[];
}

/**
 * Reads a record. What it refuses can often still be answered: see {@link senderOf}.
 * @throws KafkaTransportError and nothing else, with code `PARSE_ERROR`, `UNSUPPORTED_VERSION` for another major
 * version, or `UNSUPPORTED_MEDIA_TYPE` for a codec that is not spoken here.
 */
export function readRecord(record: ReadableRecord, codecs: CodecTable = jsonOnly): ReceivedRecord {
  const { headers } = record;
  const text = readHeader(headers, recordHeader);
  if (text === undefined) throw refused('it has no header trpc-kafka, so something else wrote it');
  // Before the rest, whose grammar is another version's own business.
  assertVersion({ version: parseVersion(text) });
  const facts = parseRecordFacts(text);
  const codec = codecOf(facts, codecs);
  const to = readHeader(headers, addresseeHeader);
  if (to !== undefined && !isInboxId(to)) throw refused(`its header ${addresseeHeader} is no inbox id`);
  const envelopes = codec.decode(record.value, facts.parts);
  if (facts.id !== undefined) assertSingleCall(facts.id, envelopes);
  return to === undefined ? { facts, envelopes } : { facts, to, envelopes };
}

/**
 * Tells whether a record is for another inbox of the same partition, without parsing it: the reader drops it then.
 * Compares bytes, since on a shared partition most records are others' and one look must be all they cost.
 * What is for everyone or malformed is not for others: {@link readRecord} has the word on it.
 */
export function isForOthers(headers: RecordHeaders, inboxId: string): boolean {
  const to = headers[addresseeHeader];
  if (to === undefined || to === null) return false;
  if (typeof to === 'string') return to !== inboxId && isInboxId(to);
  return isBytes(to) && !isTextOf(to, inboxId) && hasInboxIdForm(to);
}

/**
 * Who wrote a record that {@link readRecord} refused, so that a call in it can be answered: `replyTo` and, where
 * the record carried a single call, its `id` as text. `undefined` where that cannot be read. Never throws.
 */
export function senderOf(headers: RecordHeaders): RecordFacts | undefined {
  try {
    const text = readHeader(headers, recordHeader);
    return text === undefined ? undefined : parseRecordFacts(text);
  } catch {
    return undefined; // Whatever is wrong with it, readRecord has said it already.
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Longest header of ours that is looked at; {@link parseRecordFacts} has the exact limit, in characters. */
const maxHeaderBytes = 4096;

function readHeader(headers: RecordHeaders, name: string): string | undefined {
  const value = headers[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (!isBytes(value)) {
    throw refused(value === null ? `its header ${name} has no value` : `it has more than one header ${name}`);
  }
  if (value.length > maxHeaderBytes) throw refused(`its header ${name} has ${value.length} bytes`);
  try {
    return utf8.decode(value);
  } catch (cause) {
    throw refused(`its header ${name} is not UTF-8`, cause);
  }
}

function codecOf({ codec: name }: RecordFacts, codecs: CodecTable): EnvelopeCodec {
  const codec = codecs.get(name);
  if (codec !== undefined) return codec;
  throw new KafkaTransportError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `the record's value is encoded as "${name}", this side reads ${[...codecs.keys()].join(', ')}: give the server that codec (codecs of applyKafkaHandler), or the client one of these (codec of createKafkaClient, JSON without it)`,
  });
}

/** The header's id is what people and tools go by, and what an answer to an unreadable value carries: it may not say something else. */
function assertSingleCall(id: string, envelopes: readonly DecodedEnvelope[]): void {
  const [envelope] = envelopes;
  if (envelopes.length !== 1 || envelope === undefined) {
    throw refused(`its header names the call ${id}, its value has ${envelopes.length} envelopes`);
  }
  const inside = envelope.ok ? envelope.message.id : envelope.id;
  if (inside !== undefined && String(inside) !== id) {
    throw refused(`its header names the call ${id}, its envelope ${JSON.stringify(inside)}`);
  }
}

function isTextOf(bytes: Uint8Array, ascii: string): boolean {
  if (bytes.length !== ascii.length) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== ascii.charCodeAt(i)) return false;
  return true;
}

const inboxIdLength = 22;
const isBase64url: readonly boolean[] = Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9_-]/.test(String.fromCharCode(byte)),
);

/** {@link isInboxId} without making a text. */
function hasInboxIdForm(bytes: Uint8Array): boolean {
  if (bytes.length !== inboxIdLength) return false;
  for (let i = 0; i < bytes.length; i++) if (!isBase64url[bytes[i]!]) return false;
  return true;
}

function refused(why: string, cause?: unknown): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the record cannot be read: ${why}`,
    cause,
  });
}
