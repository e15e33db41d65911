/** What holds for a whole record and stands in its headers, written so that `kcat -C -f '%h %s\n'` can be read. */
import { KafkaTransportError } from '../errors/transport-error.js';
import { formatPlace, type InboxAddress, isInboxId, parsePlace } from './inbox-address.js';
import { maxBundleItems, maxHeaderLength } from './limits.js';
import { protocolVersion } from './version.js';

/** The facts of a record. */
export interface RecordFacts {
  readonly version: number;
  /** How the value is encoded. */
  readonly codec: string;
  /** The inbox id of the instance that wrote the record. */
  readonly from: string;
  /** Where the writer reads: replies and control messages for it go there. Absent when it expects none. */
  readonly replyTo?: InboxAddress;
  /** The call's id, repeated from the envelope of a record that carries a single call. */
  readonly id?: string;
  /** The call's deadline in ms since 1970, repeated for people and tools. */
  readonly deadlineMs?: number;
  /** The envelopes the value is made of, each encoded by itself; in JSON, and where it is one alone, nothing is said. */
  readonly parts?: number;
}

/** The codec every implementation speaks: UTF-8 JSON. */
export const jsonCodec = 'json';

const versionPattern = /^([1-9]\d{0,3})(?:;|$)/;
const namePattern = /^[a-z0-9.+-]{1,64}$/;
const idPattern = /^[A-Za-z0-9_.:~-]{1,128}$/;
const msPattern = /^\d{1,15}$/;
const partsPattern = /^[1-9]\d{0,3}$/;

/** Tells whether a text can be the name of a codec. */
export function isCodecName(text: string): boolean {
  return namePattern.test(text);
}

/** The part of the header that is the same for every record one instance writes in one codec. */
export function formatSender(
  from: string,
  place?: { topic: string; partition: number },
  codec: string = jsonCodec,
): string {
  const sender = `${protocolVersion};${codec};from=${from}`;
  return place === undefined ? sender : `${sender};at=${formatPlace(place.topic, place.partition)}`;
}

/** The senders of one instance's records, by codec. */
export type SenderHeaders = (codec: string) => string;

/** Makes each of them once: a server writes one with every record. */
export function createSenderHeaders(
  from: string,
  place?: { topic: string; partition: number },
): SenderHeaders {
  const made = new Map<string, string>();
  return (codec) => {
    let sender = made.get(codec);
    if (sender === undefined) {
      sender = formatSender(from, place, codec);
      made.set(codec, sender);
    }
    return sender;
  };
}

/** Adds of how many parts the value is, where that is to be told. */
export function formatParts(sender: string, parts: number | undefined): string {
  return parts === undefined ? sender : `${sender};parts=${parts}`;
}

/** Adds what a record with a single call repeats from its envelope. An id that is not plain text is left out. */
export function formatSingleCall(sender: string, call: { id: string | number; deadlineMs?: number }): string {
  const id = String(call.id);
  const withId = idPattern.test(id) ? `${sender};id=${id}` : sender;
  return call.deadlineMs === undefined ? withId : `${withId};deadline=${call.deadlineMs}`;
}

/**
 * Reads the record header. Unknown fields are ignored; of a repeated field the first counts.
 * Another major version is no error here, so that a call can still be answered: see {@link assertVersion}.
 * @throws KafkaTransportError with code `PARSE_ERROR`.
 */
export function parseRecordFacts(text: string): RecordFacts {
  const version = parseVersion(text);
  if (text.length > maxHeaderLength)
    throw malformed(`it has ${text.length} characters, at most ${maxHeaderLength} are read`);
  const codecStart = text.indexOf(';') + 1;
  const codecEnd = endOfPart(text, codecStart);
  const codec = codecStart === 0 ? '' : text.slice(codecStart, codecEnd);
  if (!namePattern.test(codec)) throw malformed('its second part is no codec');
  const { from, at, id, deadline, parts } = readFields(text, codecEnd);
  if (from === undefined || !isInboxId(from)) throw malformed('`from` is no inbox id');
  const facts: { -readonly [K in keyof RecordFacts]: RecordFacts[K] } = { version, codec, from };
  if (at !== undefined) facts.replyTo = readPlace(at, from);
  if (id !== undefined) facts.id = readId(id);
  if (deadline !== undefined) facts.deadlineMs = readTime(deadline);
  if (parts !== undefined) facts.parts = readParts(parts);
  return facts;
}

/**
 * Reads the version alone, which every version of the header begins with.
 * @throws KafkaTransportError with code `PARSE_ERROR`.
 */
export function parseVersion(text: string): number {
  const version = versionPattern.exec(text)?.[1];
  if (version === undefined) throw malformed('it does not begin with a version');
  return Number(version);
}

/** @throws KafkaTransportError with code `UNSUPPORTED_VERSION` unless the record is of this major version. */
export function assertVersion(facts: Pick<RecordFacts, 'version'>): void {
  if (facts.version === protocolVersion) return;
  throw new KafkaTransportError({
    code: 'UNSUPPORTED_VERSION',
    message: `the record is of protocol version ${facts.version}, this side speaks ${protocolVersion}: use releases of trpc-kafka on both sides that share a major protocol version`,
  });
}

type FieldName = 'from' | 'at' | 'id' | 'deadline' | 'parts';

/** Reads `;name=value` from `start` to the end. One pass without splitting, since every record that is received comes by here. */
function readFields(text: string, start: number): { [K in FieldName]?: string } {
  const fields: { [K in FieldName]?: string } = {};
  for (let end = start; end < text.length; ) {
    const nameStart = end + 1;
    end = endOfPart(text, nameStart);
    const equals = text.indexOf('=', nameStart);
    if (equals <= nameStart || equals > end) {
      throw malformed(
        `${JSON.stringify(text.slice(nameStart, Math.min(end, nameStart + 40)))} is no name=value`,
      );
    }
    const name = text.slice(nameStart, equals);
    if (isFieldName(name) && fields[name] === undefined) fields[name] = text.slice(equals + 1, end);
  }
  return fields;
}

function isFieldName(name: string): name is FieldName {
  return name === 'from' || name === 'at' || name === 'id' || name === 'deadline' || name === 'parts';
}

function endOfPart(text: string, start: number): number {
  const end = text.indexOf(';', start);
  return end < 0 ? text.length : end;
}

function readPlace(at: string, inboxId: string): InboxAddress {
  const place = parsePlace(at);
  if (place === undefined) throw malformed('`at` is no topic/partition');
  return { topic: place.topic, partition: place.partition, inboxId };
}

function readId(id: string): string {
  if (!idPattern.test(id)) throw malformed('`id` has characters an id cannot have');
  return id;
}

function readTime(deadline: string): number {
  if (!msPattern.test(deadline)) throw malformed('`deadline` is no time in ms');
  return Number(deadline);
}

function readParts(parts: string): number {
  if (!partsPattern.test(parts) || Number(parts) > maxBundleItems) {
    throw malformed(`\`parts\` is no number from 1 to ${maxBundleItems}`);
  }
  return Number(parts);
}

function malformed(why: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the header trpc-kafka cannot be read: ${why}`,
  });
}
