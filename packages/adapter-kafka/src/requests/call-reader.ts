/** Turns a record of the request or one-way topic into calls, or into a reason why it is none. */
import { type IncomingInterception, type IncomingRecord, KafkaTransportError } from '@trpc-kafka/core';
import {
  type CallId,
  type CallMessage,
  type CodecTable,
  type DecodedEnvelope,
  jsonEnvelopes,
  lastHeader,
  type ReceivedRecord,
  readRecord,
  reservedHeaderPrefix,
  senderOf,
} from '@trpc-kafka/core/internal';
import type { KafkaRequest } from '../options.js';
import type { ReplyTarget } from '../replies/reply-target.js';

/** What a record turned out to hold. */
export interface ReadCalls {
  readonly calls: readonly CallMessage[];
  /** The place of each call among the record's envelopes. */
  readonly batchIndexes: readonly number[];
  /** Envelopes in the record. */
  readonly batchSize: number;
  readonly refusals: readonly Refusal[];
  /** The caller's instance id; empty where it could not be read. */
  readonly from: string;
  readonly replyTo: ReplyTarget | undefined;
  /** Those of the record's headers that are not the transport's. Interceptors may change them. */
  readonly headers: Record<string, string>;
}

/** Why a record, or a part of it, is not carried out. */
export interface Refusal {
  /** The call's id where it could be read: then the caller can be answered. */
  readonly id: CallId | undefined;
  readonly error: KafkaTransportError;
  readonly unknownKind: boolean;
}

/** What tells calls apart by the topic they belong in. */
export type CallPurpose = 'two-way' | 'one-way' | 'gather';

/** What is read, and how. */
export interface CallReading {
  readonly expects: CallPurpose;
  readonly codecs: CodecTable;
}

/** Reads a record. Never throws. */
export function readCalls(record: IncomingRecord, reading: CallReading): ReadCalls {
  let received: ReceivedRecord;
  try {
    received = readRecord(record, reading.codecs);
  } catch (error) {
    return unreadableCalls(record, error as KafkaTransportError);
  }
  return callsIn(record, received, reading);
}

/** The calls in a record that was read. */
export function callsIn(
  record: IncomingRecord,
  received: ReceivedRecord,
  { expects, codecs }: CallReading,
): ReadCalls {
  const headers = userHeaders(record);
  const calls: CallMessage[] = [];
  const batchIndexes: number[] = [];
  const refusals: Refusal[] = [];
  for (const [index, envelope] of received.envelopes.entries()) {
    if (!envelope.ok) {
      refusals.push({
        id: awaitedId(envelope, received),
        unknownKind: envelope.unknownKind,
        error: refused(record, envelope.reason),
      });
    } else if (envelope.message.kind !== 'call') {
      const reason = `a message of kind "${envelope.message.kind}" is none for this topic`;
      refusals.push({ id: undefined, unknownKind: true, error: refused(record, reason) });
    } else if (purposeOf(envelope.message) !== expects) {
      refusals.push({
        id: envelope.message.id,
        unknownKind: false,
        error: refused(record, wrongTopic(envelope.message, expects)),
      });
    } else {
      calls.push(envelope.message);
      batchIndexes.push(index);
    }
  }
  const { from } = received.facts;
  const replyTo = replyTargetOf(received, codecs);
  return { calls, batchIndexes, batchSize: received.envelopes.length, refusals, from, replyTo, headers };
}

/** Calls are answered in the codec they came in. */
function replyTargetOf({ facts }: ReceivedRecord, codecs: CodecTable): ReplyTarget | undefined {
  const codec = codecs.get(facts.codec);
  if (facts.replyTo === undefined || codec === undefined || codec === jsonEnvelopes) return facts.replyTo;
  return { ...facts.replyTo, codec };
}

/** The record as `createContext` and `onError` see it. */
export function toKafkaRequest(record: IncomingRecord, read: ReadCalls, call: CallMessage): KafkaRequest {
  const { topic, partition, offset, timestampMs, key } = record;
  return {
    topic,
    partition,
    offset,
    timestampMs,
    key: key === null ? null : key.toString('utf8'),
    headers: read.headers,
    from: read.from,
    idempotencyKey: call.idempotencyKey,
    oneWay: call.oneWay === true,
    maybeRedelivered: false,
    attempt: 1,
  };
}

/** The record as interceptors see it. */
export function toInterception(record: IncomingRecord, read: ReadCalls): IncomingInterception {
  const { topic, partition, offset, timestampMs } = record;
  const [first] = read.calls;
  return {
    purpose: first?.oneWay ? 'one-way' : 'call',
    position: { topic, partition, offset },
    timestampMs,
    calls: read.calls.map(({ id, path, method }) => ({ id, path, type: method })),
    headers: read.headers,
  };
}

/** What is left of a record that cannot be read. */
export function unreadableCalls(record: IncomingRecord, cause: KafkaTransportError): ReadCalls {
  const sender = senderOf(record.headers);
  const error = new KafkaTransportError({
    code: cause.code,
    message: `${place(record)}: ${cause.reason}`,
    cause,
  });
  return {
    calls: [],
    batchIndexes: [],
    batchSize: 1,
    refusals: [{ id: sender?.id === undefined ? undefined : toCallId(sender.id), error, unknownKind: false }],
    from: sender?.from ?? '',
    replyTo: sender?.replyTo,
    headers: userHeaders(record),
  };
}

/** The id to answer to. Only calls have somebody who waits, and only calls are named in a header: what is no envelope at all was one. */
function awaitedId(
  envelope: Extract<DecodedEnvelope, { ok: false }>,
  received: ReceivedRecord,
): CallId | undefined {
  if (envelope.call) return envelope.id ?? headerId(received);
  return envelope.unknownKind ? undefined : headerId(received);
}

function headerId(received: ReceivedRecord): CallId | undefined {
  const { id } = received.facts;
  return id === undefined ? undefined : toCallId(id);
}

/** A header has texts only; our own clients number their calls. */
function toCallId(text: string): CallId {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function userHeaders(record: IncomingRecord): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in record.headers) {
    if (name.startsWith(reservedHeaderPrefix)) continue;
    const value = lastHeader(record.headers, name);
    // `__proto__` as a header's name must become a field like any other.
    if (value !== undefined) {
      Object.defineProperty(headers, name, {
        value: value.toString(),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }
  return headers;
}

function purposeOf({ oneWay, gather }: CallMessage): CallPurpose {
  if (oneWay === true) return 'one-way';
  return gather === true ? 'gather' : 'two-way';
}

function wrongTopic(call: CallMessage, expects: CallPurpose): string {
  if (expects !== 'two-way') return `only ${expects} calls belong in this topic`;
  return call.oneWay === true
    ? 'one-way calls belong in the one-way topic'
    : 'gather calls belong in the control topic';
}

function refused(record: IncomingRecord, reason: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `${place(record)} holds an envelope that is refused: ${reason}`,
  });
}

function place({ topic, partition, offset }: IncomingRecord): string {
  return `the record at ${topic}[${partition}] offset ${offset}`;
}
