/**
 * Dead letters: one-way calls that were given up, as people and tools see them.
 * Owns: what is known of a letter, which letters are meant. Must not know: how they are read or replayed.
 */
import {
  type IncomingRecord,
  lastHeader,
  type OutgoingHeaders,
  type RecordPosition,
} from '../driver/record.js';
import type { CodecTable } from '../protocol/codec-table.js';
import { parseDeadLetter, parseRecordPlace } from '../protocol/dead-letter-header.js';
import { deadLetterHeader, deadLetterMessageHeader, replayOfHeader } from '../protocol/header-names.js';
import { readRecord } from '../protocol/read-record.js';

/** A one-way call that was given up. */
export interface DeadLetter {
  /** Where the letter stands. */
  readonly position: RecordPosition;
  /** Where the call stood. */
  readonly origin: RecordPosition;
  /** Why: tRPC's error code, or the transport's. */
  readonly code: string;
  /** Why, in words. */
  readonly message: string;
  /** How often it was tried; 0 of a record that could not be read. */
  readonly attempts: number;
  /** When it was given up, in ms since 1970. */
  readonly atMs: number;
  /** The procedures that were called; empty where the record cannot be read. */
  readonly paths: readonly string[];
  /** The inputs, as the caller's transformer wrote them, in the order of `paths`. */
  readonly inputs: readonly unknown[];
  /** The record's key as it was. */
  readonly key: Buffer | null;
  /** The record's value as it was; `null` where it was too large to be kept. */
  readonly value: Buffer | null;
  /** The record's headers, as bytes. */
  readonly rawHeaders: OutgoingHeaders;
  /** The record's headers as text, with those of the transport. What is sensitive was left out when the letter was written. */
  readonly headers: Readonly<Record<string, string>>;
  /** The letter that was replayed to become this call, if it was one. */
  readonly replayOf: RecordPosition | undefined;
  /** Where its replay stands, if it was replayed. */
  readonly replayedTo: RecordPosition | undefined;
}

/** Which dead letters are meant; all of what is given must fit. */
export interface DeadLetterFilter {
  /** Single letters, by their place in the dead-letter topic. @default all */
  readonly at?: readonly Pick<RecordPosition, 'partition' | 'offset'>[];
  /** A procedure, or with `.*` at its end all of a router: `bookings.*`. @default all */
  readonly path?: string;
  /** Only those given up for this reason. @default all */
  readonly code?: string;
  /** Given up at this time or later, in ms since 1970. @default from the first on */
  readonly sinceMs?: number;
  /** Given up before this time, in ms since 1970. @default to the last */
  readonly untilMs?: number;
  /** Those that were replayed already, too; they are not replayed again. @default false */
  readonly replayed?: boolean;
}

/** Reads a letter; `undefined` when the record is none. Buffers are copied, so that it may be kept. */
export function toDeadLetter(
  record: IncomingRecord,
  codecs: CodecTable,
): Omit<DeadLetter, 'replayedTo'> | undefined {
  const text = lastHeader(record.headers, deadLetterHeader);
  const facts = text === undefined ? undefined : parseDeadLetter(text.toString());
  if (facts === undefined) return undefined;
  const { topic, partition, offset, key, value } = record;
  const replayOf = lastHeader(record.headers, replayOfHeader);
  return {
    position: { topic, partition, offset },
    origin: { topic: facts.topic, partition: facts.partition, offset: facts.offset },
    code: facts.code,
    message: lastHeader(record.headers, deadLetterMessageHeader)?.toString() ?? '',
    attempts: facts.attempts,
    atMs: facts.atMs,
    ...readCalls(record, codecs),
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    ...headersOf(record),
    replayOf: replayOf === undefined ? undefined : parseRecordPlace(replayOf.toString()),
  };
}

/** True for the letters that are meant. */
export function matches(filter: DeadLetterFilter, letter: DeadLetter): boolean {
  const { at, path, code, sinceMs = 0, untilMs = Number.POSITIVE_INFINITY } = filter;
  if (letter.replayedTo !== undefined && filter.replayed !== true) return false;
  if (code !== undefined && letter.code !== code) return false;
  if (letter.atMs < sinceMs || letter.atMs >= untilMs) return false;
  if (path !== undefined && !letter.paths.some((each) => isUnder(each, path))) return false;
  const { partition, offset } = letter.position;
  return at === undefined || at.some((one) => one.partition === partition && one.offset === offset);
}

function isUnder(path: string, wanted: string): boolean {
  return wanted.endsWith('.*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted;
}

function readCalls(record: IncomingRecord, codecs: CodecTable): Pick<DeadLetter, 'paths' | 'inputs'> {
  const paths: string[] = [];
  const inputs: unknown[] = [];
  try {
    for (const envelope of readRecord(record, codecs).envelopes) {
      if (!envelope.ok || envelope.message.kind !== 'call') continue;
      paths.push(envelope.message.path);
      inputs.push(envelope.message.input);
    }
  } catch {
    // What cannot be read became a letter for that reason; its bytes are there.
  }
  return { paths, inputs };
}

function headersOf(record: IncomingRecord): Pick<DeadLetter, 'headers' | 'rawHeaders'> {
  // Without a prototype, since a record may have a header named `__proto__`.
  const headers = Object.create(null) as Record<string, string>;
  const rawHeaders = Object.create(null) as Record<string, OutgoingHeaders[string]>;
  for (const [name, given] of Object.entries(record.headers)) {
    const values = [given].flat().filter((value) => value !== null && value !== undefined);
    if (values.length === 0) continue;
    headers[name] = values.at(-1)!.toString();
    rawHeaders[name] = values.map((value) => (typeof value === 'string' ? value : Buffer.from(value)));
  }
  return { headers, rawHeaders };
}
