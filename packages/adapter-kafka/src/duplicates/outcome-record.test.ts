import type { IncomingRecord, OutgoingRecord } from '@trpc-kafka/core';
import { createSenderHeaders } from '@trpc-kafka/core/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOutcomeRecord, toOutcomeRecord } from './outcome-record.js';

const sender = createSenderHeaders('S'.repeat(22), {
  topic: 'f.control',
  partition: 0,
});
const place = { topic: 'f.outcomes', partition: 3, sender };

/** The record as a broker hands it out: bytes, amid others. */
function asRead({ key, value, headers, ...rest }: OutgoingRecord): IncomingRecord {
  const bytes = (text: Buffer | string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  const read = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text as string)]);
  return {
    ...rest,
    offset: 0,
    timestampMs: 0,
    key: bytes(key),
    value: bytes(value),
    headers: Object.fromEntries(read),
  };
}

const outcome = { codec: 'json', envelope: '{"id":1}', fingerprint: 'abc', expiresAtMs: 99 };

describe('the record of an outcome', () => {
  test('gives back what it was made of', () => {
    const text = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' });
    const envelope = fc.oneof(
      fc.constant(''),
      text.map((value) => JSON.stringify({ value })),
    );
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), envelope, (id, name, given) => {
        const key = name === undefined ? undefined : JSON.stringify(['mutation', 'p', '', name]);
        const call = `A:${id}`;
        const identity = { call, key, fingerprint: 'abc', partition: 3, oneWay: false };
        const record = toOutcomeRecord(identity, { ...outcome, envelope: given }, place);
        expect(readOutcomeRecord(asRead(record))).toEqual({
          identity: { call, key },
          outcome: { ...outcome, envelope: given },
        });
      }),
    );
  });

  test('keeps bytes of another codec, and not what was fetched with them', () => {
    const identity = { call: 'A:1', key: 'k', fingerprint: 'abc', partition: 3, oneWay: false };
    const envelope = Uint8Array.of(0, 1, 255);
    const record = asRead(toOutcomeRecord(identity, { ...outcome, codec: 'msgpack', envelope }, place));
    const read = readOutcomeRecord(record)!.outcome;
    expect([read.codec, read.envelope]).toEqual(['msgpack', envelope]);
    expect((read.envelope as Uint8Array).buffer.byteLength).toBe(3);
  });

  test('of calls without a key has one of its own, so that compaction leaves them apart', () => {
    const keys = ['A:1', 'A:2'].map((call) => {
      const identity = { call, key: undefined, fingerprint: '', partition: 3, oneWay: false };
      return toOutcomeRecord(identity, outcome, place).key;
    });
    expect(new Set(keys).size).toBe(2);
  });

  test.each([
    ['what was deleted', { value: null }],
    ['what has no key', { key: null }],
    ['what something else wrote', { headers: {} }],
    [
      'headers that are not as they should be',
      { headers: { 'trpc-kafka': 'x', 'trpc-kafka-outcome': 'call=%;expires=1' } },
    ],
    [
      'a call that cannot be read',
      { headers: { 'trpc-kafka': sender('json'), 'trpc-kafka-outcome': 'call=%ff;fingerprint=;expires=1' } },
    ],
    ['a header without a value', { headers: { 'trpc-kafka': null, 'trpc-kafka-outcome': null } }],
  ])('reads nothing in %s', (_, wrong) => {
    const identity = { call: 'A:1', key: 'k', fingerprint: 'abc', partition: 3, oneWay: false };
    const record = asRead(toOutcomeRecord(identity, outcome, place));
    expect(readOutcomeRecord({ ...record, ...(wrong as Partial<IncomingRecord>) })).toBeUndefined();
  });
});
