/** What holds for a whole record and stands in its headers, written so that `kcat -C -f '%h %s\n'` can be read. */
import { KafkaTransportError } from '../errors/transport-error.js';
import { formatPlace, type InboxAddress, isInboxId, parsePlace } from './inbox-address.js';
import { maxHeaderLength } from './limits.js';
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
}

/** The codec every implementation speaks: UTF-8 JSON. */
export const jsonCodec = 'json';

const versionPattern = /^([1-9]\d{0,3})(?:;|$)/;
const namePattern = /^[a-z0-9.+-]{1,64}$/;
const idPattern = /^[A-Za-z0-9_.:~-]{1,128}$/;
const msPattern = /^\d{1,15}$/;

/** The part of the header that is the same for every record one instance writes. */
export function formatSender(from: string, place?: { topic: string; partition: number }): string {
  const sender = `${protocolVersion};${jsonCodec};from=${from}`;
  return place === undefined ? sender : `${sender};at=${formatPlace(place.topic, place.partition)}`;
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
  const [, codec = '', ...pairs] = text.split(';');
  if (!namePattern.test(codec)) throw malformed('its second part is no codec');
  const fields = readFields(pairs);
  const from = fields.get('from');
  if (from === undefined || !isInboxId(from)) throw malformed('`from` is no inbox id');
  return { version, codec, from, ...readPlace(fields, from), ...readCall(fields) };
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

function readFields(pairs: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw malformed(`${JSON.stringify(pair.slice(0, 40))} is no name=value`);
    const name = pair.slice(0, equals);
    if (!fields.has(name)) fields.set(name, pair.slice(equals + 1));
  }
  return fields;
}

function readPlace(fields: ReadonlyMap<string, string>, inboxId: string): { replyTo?: InboxAddress } {
  const at = fields.get('at');
  if (at === undefined) return {};
  const place = parsePlace(at);
  if (place === undefined) throw malformed('`at` is no topic/partition');
  return { replyTo: { ...place, inboxId } };
}

function readCall(fields: ReadonlyMap<string, string>): { id?: string; deadlineMs?: number } {
  const id = fields.get('id');
  const deadline = fields.get('deadline');
  if (id !== undefined && !idPattern.test(id)) throw malformed('`id` has characters an id cannot have');
  if (deadline !== undefined && !msPattern.test(deadline)) throw malformed('`deadline` is no time in ms');
  return {
    ...(id === undefined ? {} : { id }),
    ...(deadline === undefined ? {} : { deadlineMs: Number(deadline) }),
  };
}

function malformed(why: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the header trpc-kafka cannot be read: ${why}`,
  });
}
