/** An outcome as a record: the key of its call, the envelope, and in a header what else is to be known of it. */
import type { IncomingRecord, OutgoingRecord } from '@trpc-kafka/core';
import {
  lastHeader,
  outcomeHeader,
  parseRecordFacts,
  recordHeader,
  type SenderHeaders,
  toRecordValue,
} from '@trpc-kafka/core/internal';
import type { CallIdentity, KeptOutcome } from './outcome.js';

/** Where, and in whose name, outcomes are written. */
export interface OutcomePlace {
  readonly topic: string;
  readonly partition: number;
  readonly sender: SenderHeaders;
}

/** An outcome that was read. */
export interface ReadOutcome {
  readonly identity: Pick<CallIdentity, 'call' | 'key'>;
  readonly outcome: KeptOutcome;
}

/** The key of calls that have none: their records must not be compacted with those of others. */
const unkeyed = 'call:';

/** Of a one-way call that was carried out there is nothing to say. A record without a value would delete the key. */
const nothingToSay = 'null';

/** The record of an outcome. */
export function toOutcomeRecord(
  { call, key }: CallIdentity,
  { codec, envelope, fingerprint, expiresAtMs }: KeptOutcome,
  { topic, partition, sender }: OutcomePlace,
): OutgoingRecord {
  const facts = `call=${encodeURIComponent(call)};fingerprint=${fingerprint};expires=${Math.ceil(expiresAtMs)}`;
  return {
    topic,
    partition,
    key: key ?? `${unkeyed}${call}`,
    value: envelope === '' ? nothingToSay : toRecordValue(envelope),
    headers: { [recordHeader]: sender(codec), [outcomeHeader]: facts },
  };
}

/** Reads a record of the topic; `undefined` for what is none of ours, and for what was deleted. Never throws. */
export function readOutcomeRecord({ key, value, headers }: IncomingRecord): ReadOutcome | undefined {
  const facts = factsOf.exec(String(lastHeader(headers, outcomeHeader)));
  const header = lastHeader(headers, recordHeader);
  if (facts === null || header === undefined || key === null || value === null) return undefined;
  const [, encodedCall, fingerprint, expires] = facts;
  try {
    const { codec } = parseRecordFacts(String(header));
    const call = decodeURIComponent(encodedCall!);
    const text = key.toString('utf8');
    return {
      identity: { call, key: text.startsWith(unkeyed) ? undefined : text },
      outcome: {
        codec,
        envelope: toEnvelope(value, codec),
        fingerprint: fingerprint!,
        expiresAtMs: Number(expires),
      },
    };
  } catch {
    return undefined;
  }
}

const factsOf = /^call=([^;]{1,1024});fingerprint=([A-Za-z0-9_-]{0,64});expires=(\d{1,15})(?:;|$)/;

/** A copy: the value is a view into all that was fetched with it. */
function toEnvelope(value: Buffer, codec: string): string | Uint8Array {
  if (codec !== 'json') return Uint8Array.from(value);
  const text = value.toString('utf8');
  return text === nothingToSay ? '' : text;
}
