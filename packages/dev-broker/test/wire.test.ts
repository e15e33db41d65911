import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../src/wire/crc32c.js';
import {
  array,
  boolean,
  bytes,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableBytes,
  nullableString,
  records,
  string,
  uuid,
} from '../src/wire/primitives.js';
import { struct } from '../src/wire/struct.js';
import { WireError } from '../src/wire/wire-error.js';
import { WireReader } from '../src/wire/wire-reader.js';
import { since, tagged, until, type WireType, withDefault } from '../src/wire/wire-type.js';
import { WireWriter } from '../src/wire/wire-writer.js';

const versions = [
  { version: 0, flexible: false },
  { version: 1, flexible: true },
] as const;

function encode<Out, In>(type: WireType<Out, In>, at: (typeof versions)[number], value: In): Buffer {
  // A writer that starts tiny grows in the middle of every kind of value.
  const writer = new WireWriter(1);
  type.codec(at).write(writer, value);
  const chunks = writer.finish();
  const whole = Buffer.concat(chunks);
  expect(whole.length).toBe(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  return whole;
}

function roundTrip<Out, In>(type: WireType<Out, In>, at: (typeof versions)[number], value: In): Out {
  const reader = new WireReader(encode(type, at, value));
  const back = type.codec(at).read(reader);
  expect(reader.remaining).toBe(0);
  return back;
}

const blob = fc.uint8Array({ maxLength: 9000 }).map((raw) => Buffer.from(raw));
const id = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((raw) => Buffer.from(raw).toString('base64url'));
const inner = struct({ key: string, payload: nullableBytes });
const message = struct({
  flag: boolean,
  tiny: int8,
  short: int16,
  int: int32,
  long: int64,
  id: uuid,
  name: nullableString,
  blob: bytes,
  numbers: nullableArray(int32),
  parts: array(inner),
  extra: tagged(3, withDefault(-1, since(1, int64))),
});
const messageArbitrary = fc.record({
  flag: fc.boolean(),
  tiny: fc.integer({ min: -128, max: 127 }),
  short: fc.integer({ min: -32_768, max: 32_767 }),
  int: fc.integer(),
  long: fc.maxSafeInteger(),
  id,
  name: fc.option(fc.string({ unit: 'binary' })),
  blob,
  numbers: fc.option(fc.array(fc.integer())),
  parts: fc.array(fc.record({ key: fc.string(), payload: fc.option(blob) }), { maxLength: 5 }),
});

describe.each(versions)('version $version, flexible $flexible', (at) => {
  test('reading what was written gives it back', () => {
    fc.assert(
      fc.property(messageArbitrary, (value) => {
        expect(roundTrip(message, at, value)).toEqual({ ...value, extra: -1 });
      }),
    );
  });

  test('reading arbitrary bytes gives a value or a WireError, never anything else', () => {
    const codec = message.codec(at);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (raw) => {
        try {
          codec.read(new WireReader(Buffer.from(raw)));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });

  test('a message cut off anywhere is a WireError', () => {
    fc.assert(
      fc.property(
        messageArbitrary,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (value, share) => {
          const whole = encode(message, at, value);
          const cut = whole.subarray(0, Math.floor(whole.length * share));
          expect(() => message.codec(at).read(new WireReader(cut))).toThrow(WireError);
        },
      ),
    );
  });

  test('record batches come out in one run, small ones copied, large ones by reference', () => {
    fc.assert(
      fc.property(fc.array(blob, { maxLength: 4 }), (batches) => {
        expect(roundTrip(records, at, batches)).toEqual(Buffer.concat(batches));
      }),
    );
  });
});

test('tags that differ from their default travel, others do not, unknown ones are skipped', () => {
  const flexible = versions[1];
  const sender = struct({
    known: tagged(0, withDefault(0, int32)),
    unknown: tagged(7, withDefault('', string)),
    last: tagged(9, withDefault(0, int32)),
  });
  const receiver = struct({
    known: tagged(0, withDefault(0, int32)),
    last: tagged(9, withDefault(0, int32)),
  });

  const empty = encode(sender, flexible, { known: 0 });
  const full = encode(sender, flexible, { known: 5, unknown: 'from a later version', last: 6 });

  expect([...empty]).toEqual([0]);
  expect(receiver.codec(flexible).read(new WireReader(full))).toEqual({ known: 5, last: 6 });
});

test('fields travel only in their versions and read as their default elsewhere', () => {
  const shape = struct({
    old: withDefault('gone', until(0, string)),
    young: withDefault(42, since(1, int32)),
  });

  expect(roundTrip(shape, versions[0], { old: 'here', young: 1 })).toEqual({ old: 'here', young: 42 });
  expect(roundTrip(shape, versions[1], { old: 'here', young: 1 })).toEqual({ old: 'gone', young: 1 });
});

test('null is refused where a value is required', () => {
  const nothing = encode(nullableString, versions[0], null);
  expect(() => string.codec(versions[0]).read(new WireReader(nothing))).toThrow(WireError);
});

test('an array that claims more elements than there are bytes is refused before anything is allocated', () => {
  const claim = encode(int32, versions[0], 2_000_000_000);
  expect(() => array(int32).codec(versions[0]).read(new WireReader(claim))).toThrow(WireError);
});

test.each([
  ['', 0],
  ['a', 0xc1d04330],
  ['123456789', 0xe3069283],
  ['The quick brown fox jumps over the lazy dog', 0x22620404],
])('CRC-32C of %j', (text, expected) => {
  expect(crc32c(Buffer.from(text))).toBe(expected);
});

test('CRC-32C of a range is that of the bytes in it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (before, middle) => {
      const whole = Buffer.concat([before, middle, before]);
      expect(crc32c(whole, before.length, before.length + middle.length)).toBe(crc32c(Buffer.from(middle)));
    }),
  );
});
