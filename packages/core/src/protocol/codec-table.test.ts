import { describe, expect, test } from 'vitest';
import { cbor, marked, msgpack } from '../../test/protocol/codecs.js';
import { createCodecTable, jsonOnly } from './codec-table.js';
import { jsonEnvelopes } from './envelope-codec.js';
import type { RecordCodec } from './record-codec.js';

test('JSON is always read', () => {
  expect(createCodecTable([], 'codecs')).toBe(jsonOnly);
  expect([...createCodecTable([msgpack, cbor, marked], 'codecs').keys()]).toEqual([
    'json',
    'msgpack',
    'cbor',
    'marked-json',
  ]);
  expect(createCodecTable([msgpack], 'codecs').get('json')).toBe(jsonEnvelopes);
});

describe('refused at once, naming the option', () => {
  const named = (name: unknown): RecordCodec => ({ ...msgpack, name: name as string });
  const encoding = (encode: unknown): RecordCodec => ({
    ...msgpack,
    encode: encode as RecordCodec['encode'],
  });
  const decoding = (decode: unknown): RecordCodec => ({
    ...msgpack,
    decode: decode as RecordCodec['decode'],
  });
  const fail = (): never => {
    throw new Error('not today');
  };

  test.each<[string, readonly RecordCodec[], string]>([
    ['no name', [named(undefined)], 'a codec needs a name'],
    ['an empty name', [named('')], 'a codec needs a name'],
    ['a name that would end its part of the header', [named('msg;pack')], 'a codec needs a name'],
    ['capitals', [named('MessagePack')], 'a codec needs a name'],
    ['a name of 65 letters', [named('m'.repeat(65))], 'a codec needs a name'],
    ['another JSON', [named('json')], 'json is built in'],
    ['two of one name', [msgpack, { ...msgpack }], 'two codecs are named msgpack'],
    ['an encoder that throws', [encoding(fail)], 'msgpack cannot write and read { id: 0 }'],
    ['a decoder that throws', [decoding(fail)], 'msgpack cannot write and read { id: 0 }'],
    ['no encoder', [encoding(undefined)], 'msgpack cannot write and read { id: 0 }'],
    ['an encoder that promises', [encoding(async () => 'text')], 'msgpack does not write text or bytes'],
    ['a decoder that promises', [decoding(async () => ({ id: 0 }))], 'msgpack makes something else of'],
    ['a decoder that answers nothing', [decoding(() => undefined)], 'msgpack does not write text or bytes'],
    ['a decoder of another encoder', [decoding(() => null)], 'msgpack makes something else of { id: 0 }'],
  ])('%s', (_, codecs, reason) => {
    const make = (): unknown => createCodecTable(codecs, 'codecs');
    expect(make).toThrow(`INVALID_OPTION: codecs: ${reason}`);
  });
});
