import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json, message } from '../../test/protocol/arbitrary-message.js';
import { mutatedValue, nearEnvelope, refusalOf } from '../../test/protocol/hostile.js';
import { encodeEnvelope } from './envelope.js';
import { decodeValue, joinEnvelopes, maxBundleItems } from './record-value.js';

const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const cancel = (id: number): object => ({ id, kafka: { kind: 'cancel' } });

test('a bundle is read as the messages it was joined from, in order, and one message likewise', () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 16 }), (messages) => {
      const value = bytesOf(joinEnvelopes(messages.map(encodeEnvelope)));
      deepStrictEqual(
        decodeValue(value),
        messages.map((sent) => ({ ok: true, message: sent })),
      );
    }),
  );
});

test('one message is written plain; in an array it is read as the same', () => {
  const envelope = encodeEnvelope({ kind: 'cancel', id: 5 });
  expect(joinEnvelopes([envelope])).toBe(envelope);
  expect(decodeValue(bytesOf(`[${envelope}]`))).toStrictEqual(decodeValue(bytesOf(envelope)));
});

describe('bundles', () => {
  test('a bad envelope does not take the others with it', () => {
    expect(decodeValue(encode([cancel(1), 'x', [cancel(2)], cancel(3)]))).toMatchObject([
      { ok: true, message: { id: 1 } },
      { ok: false, reason: 'it is no object' },
      { ok: false, reason: 'it is an array: bundles do not nest' },
      { ok: true, message: { id: 3 } },
    ]);
  });

  test('1,024 envelopes are read, one more is refused, and so are 10,000', () => {
    const bundle = (length: number): Uint8Array => encode(Array.from({ length }, (_, id) => cancel(id)));
    expect(decodeValue(bundle(maxBundleItems))).toHaveLength(1024);
    expect(() => decodeValue(bundle(1025))).toThrow('its bundle has 1025 envelopes, at most 1024 are read');
    expect(() => decodeValue(bundle(10_000))).toThrow(
      'its bundle has 10000 envelopes, at most 1024 are read',
    );
  });

  test('an empty one is refused', () => {
    expect(() => decodeValue(encode([]))).toThrow(
      'PARSE_ERROR: the record cannot be read: its bundle is empty',
    );
  });
});

describe('refused, with the reason', () => {
  test.each<[string, Uint8Array | null, string]>([
    ['no value', null, 'it has no value'],
    ['an empty value', new Uint8Array(), 'its value is no UTF-8 JSON'],
    ['a truncated value', encode(cancel(1)).subarray(0, 12), 'its value is no UTF-8 JSON'],
    ['a NaN', bytesOf('{"id":1,"kafka":{"kind":"expired","nowMs":NaN}}'), 'its value is no UTF-8 JSON'],
    ['two values', bytesOf('{"id":1}{"id":2}'), 'its value is no UTF-8 JSON'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'its value is no UTF-8 JSON'],
    [
      'surrogates as bytes (CESU-8)',
      Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
      'its value is no UTF-8 JSON',
    ],
    ['UTF-16', Buffer.from('{"id":1}', 'utf16le'), 'its value is no UTF-8 JSON'],
  ])('%s', (_, value, reason) => {
    expect(() => decodeValue(value)).toThrow(`PARSE_ERROR: the record cannot be read: ${reason}`);
  });
});

describe('whatever bytes a value has, nothing but a PARSE_ERROR is thrown', () => {
  const check = (value: Uint8Array): void => {
    expect([undefined, 'PARSE_ERROR']).toContain(refusalOf(() => decodeValue(value)));
  };

  test('arbitrary bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ size: 'large' }), check), { numRuns: 500 });
  });

  test('arbitrary JSON, near and far from envelopes', () => {
    fc.assert(fc.property(fc.oneof(json, fc.array(nearEnvelope)).map(encode), check), { numRuns: 500 });
  });

  test('valid values with a few bytes changed', () => {
    fc.assert(fc.property(mutatedValue, check), { numRuns: 3000 });
  });
});

// Values as large as a topic lets them be. JSON.parse must take them without recursion, and nothing here may walk them.
describe('values that are all depth or all width', () => {
  const size = 900_000;
  const deep = (open: string, close: string): string => {
    const depth = Math.floor(size / (open.length + close.length));
    return `${open.repeat(depth)}1${close.repeat(depth)}`;
  };

  test.each<[string, string, string | undefined]>([
    ['arrays in arrays', deep('[', ']'), undefined],
    ['objects in objects', deep('{"a":', '}'), undefined],
    ['arrays that are never closed', '['.repeat(size), 'PARSE_ERROR'],
    ['objects that are never closed', '{"kafka":'.repeat(size / 10), 'PARSE_ERROR'],
    ['a bundle of numbers', `[${'1,'.repeat(size / 2)}1]`, 'PARSE_ERROR'],
    ['one key over and over', `{${'"id":1,'.repeat(size / 7)}"id":1}`, undefined],
    ['one long text', `"${'x'.repeat(size)}"`, undefined],
    ['one long number', '1'.repeat(size), undefined],
  ])('%s', (_, text, code) => {
    expect(refusalOf(() => decodeValue(bytesOf(text)))).toBe(code);
  });

  test('an input of any depth is the procedure’s business and is passed on unwalked', () => {
    const value = bytesOf(`{"id":1,"method":"query","params":{"path":"a","input":${deep('[', ']')}}}`);
    expect(decodeValue(value)[0]).toMatchObject({ ok: true });
  });
});
