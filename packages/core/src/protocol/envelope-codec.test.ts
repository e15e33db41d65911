import { deepStrictEqual } from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json, message } from '../../test/protocol/arbitrary-message.js';
import { cbor, inUse, marked, msgpack } from '../../test/protocol/codecs.js';
import { nearEnvelope, refusalOf } from '../../test/protocol/hostile.js';
import type { EncodedEnvelope, EnvelopeCodec } from './envelope-codec.js';
import { jsonEnvelopes } from './envelope-codec.js';
import type { Message } from './message.js';

const codecs = [jsonEnvelopes, ...[msgpack, cbor, marked].map(inUse)].map(
  (codec) => [codec.name, codec] as const,
);
const binary = [msgpack, cbor].map((codec) => [codec.name, inUse(codec), codec] as const);
const bytesOf = (value: EncodedEnvelope): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value) : value;

/** What is read of messages that were written. */
function roundTrip(codec: EnvelopeCodec, messages: readonly Message[]): readonly unknown[] {
  const { value, parts } = codec.join(messages.map((each) => codec.encode(each)));
  return codec.decode(bytesOf(value), parts);
}

// The codecs of libraries rename a key `__proto__`, against prototype pollution; lone surrogates are no UTF-8.
const isPlain = (value: unknown): boolean =>
  typeof value === 'string'
    ? !/\p{Surrogate}/u.test(value)
    : typeof value !== 'object' ||
      value === null ||
      Object.entries(value).every(([key, field]) => key !== '__proto__' && isPlain(key) && isPlain(field));
const plainMessage = message.filter(isPlain);

describe.each(codecs)('%s', (_, codec) => {
  test('messages are read as they were written, one alone and several together', () => {
    fc.assert(
      fc.property(fc.array(plainMessage, { minLength: 1, maxLength: 16 }), (messages) => {
        const expected = messages.map((sent) => ({ ok: true, message: sent }));
        deepStrictEqual(roundTrip(codec, messages), expected);
      }),
    );
  });

  test('an input that is undefined is not null, and one that is null is not undefined', () => {
    for (const input of [undefined, null]) {
      const call: Message = { kind: 'call', id: 1, method: 'query', path: 'p', input };
      expect(roundTrip(codec, [call])).toStrictEqual([{ ok: true, message: call }]);
    }
  });

  test('a record without a value is refused', () => {
    expect(() => codec.decode(null, undefined)).toThrow(
      'PARSE_ERROR: the record cannot be read: it has no value',
    );
  });
});

describe.each(binary)('%s', (name, codec, raw) => {
  const read = (value: unknown): readonly unknown[] =>
    codec.decode(raw.encode(value) as Uint8Array, undefined);

  test('fields without a value are not written', () => {
    const written = codec.encode({ kind: 'data', id: 1, data: undefined }) as Uint8Array;
    expect(bytesOf(raw.encode({ id: 1, result: { type: 'data' } }))).toEqual(bytesOf(written));
  });

  test('carries what JSON does not: bytes, dates, BigInts, undefined in an object', () => {
    const data = {
      bytes: Uint8Array.of(0, 255),
      at: new Date(1_800_000_000_000),
      n: 2n ** 60n,
      no: undefined,
    };
    expect(roundTrip(codec, [{ kind: 'data', id: 1, data }])).toStrictEqual([
      { ok: true, message: { kind: 'data', id: 1, data } },
    ]);
  });

  test('bytes in a value are not a view into what was fetched', () => {
    const fetched = Buffer.from(
      codec.encode({ kind: 'data', id: 1, data: Uint8Array.of(1, 2, 3) }) as Uint8Array,
    );
    const [envelope] = codec.decode(fetched, undefined);
    const { data } = (envelope as { message: { data: Uint8Array } }).message;
    fetched.fill(0);
    expect(data).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('an array of envelopes is a bundle here, too', () => {
    const cancel = { id: 1, kafka: { kind: 'cancel' } };
    expect(read([cancel, 'x', [cancel]])).toMatchObject([
      { ok: true, message: { kind: 'cancel', id: 1 } },
      { ok: false, reason: 'it is no object' },
      { ok: false, reason: 'it is an array: bundles do not nest' },
    ]);
    expect(() => read([])).toThrow('its bundle is empty');
    expect(() => read(Array(1025).fill(cancel))).toThrow(
      'its bundle has 1025 envelopes, at most 1024 are read',
    );
  });

  test('a part that cannot be read does not take the others with it', () => {
    const good = codec.encode({ kind: 'cancel', id: 5 });
    const { value, parts } = codec.join([good, Uint8Array.of(0xc1, 0xc1), good]);
    expect(codec.decode(bytesOf(value), parts)).toMatchObject([
      { ok: true, message: { id: 5 } },
      { ok: false, id: undefined, reason: expect.stringContaining(`its value is no ${name} (`) },
      { ok: true, message: { id: 5 } },
    ]);
  });

  test('objects that are no plain ones have no fields', () => {
    const call = { id: 1, method: 'query', params: { path: 'p' } };
    for (const odd of [new Date(0), Uint8Array.of(1), 5n]) {
      for (const envelope of [odd, { ...call, params: odd }, { ...call, kafka: odd }]) {
        expect(read(envelope)).toMatchObject([{ ok: false }]);
      }
      expect(read({ ...call, kafka: { connectionParams: odd } })).toMatchObject([
        { ok: false, reason: '`kafka.connectionParams` is no object of texts' },
      ]);
      expect(read({ ...call, id: odd })).toMatchObject([
        { ok: false, reason: expect.stringContaining('`id` is') },
      ]);
    }
  });
});

describe('values in parts', () => {
  const codec = inUse(msgpack);
  const { value, parts } = codec.join([1, 2, 3].map((id) => codec.encode({ kind: 'cancel', id })));
  const bytes = value as Uint8Array;
  const reason = (count: number): string =>
    `its value does not have the ${count} parts that its header tells`;

  test('one envelope stands alone, and its header tells nothing', () => {
    const one = codec.encode({ kind: 'cancel', id: 1 });
    expect(codec.join([one])).toEqual({ value: one, parts: undefined });
    expect(parts).toBe(3);
  });

  test.each<[string, Uint8Array, number]>([
    ['fewer than are there', bytes, 2],
    ['more than are there', bytes, 4],
    ['an end that is missing', bytes.subarray(0, -1), 3],
    ['a byte too many', Uint8Array.of(...bytes, 0), 3],
    ['a length beyond the end', Uint8Array.of(255, 255, 255, 255, 1), 1],
    ['half a length', Uint8Array.of(0, 0, 0), 1],
    ['nothing', new Uint8Array(), 1],
  ])('%s', (_, torn, count) => {
    expect(() => codec.decode(torn, count)).toThrow(
      `PARSE_ERROR: the record cannot be read: ${reason(count)}`,
    );
  });

  test('are found at any offset of a larger buffer', () => {
    const larger = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(9, 0xff)]);
    expect(codec.decode(larger.subarray(7, 7 + bytes.length), 3)).toHaveLength(3);
  });
});

describe.each(binary)(
  'whatever bytes a value in %s has, nothing but a PARSE_ERROR is thrown',
  (_, codec, raw) => {
    const check = (value: Uint8Array, parts?: number): void => {
      expect([undefined, 'PARSE_ERROR']).toContain(refusalOf(() => codec.decode(value, parts)));
    };
    const written = fc.array(message, { minLength: 1, maxLength: 4 }).map((sent) => {
      const joined = codec.join(sent.map((each) => codec.encode(each)));
      return { bytes: Buffer.from(joined.value as Uint8Array), parts: joined.parts };
    });

    test('arbitrary bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ size: 'large' }), fc.option(fc.nat(5)), (value, parts) =>
          check(value, parts ?? undefined),
        ),
      );
    });

    test('values near and far from envelopes', () => {
      fc.assert(
        fc.property(fc.oneof(json, nearEnvelope, fc.array(nearEnvelope)), (value) =>
          check(bytesOf(raw.encode(value))),
        ),
      );
    });

    test('valid values with a few bytes changed', () => {
      const edits = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(written, edits, ({ bytes, parts }, changes) => {
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          check(bytes, parts);
        }),
        { numRuns: 2000 },
      );
    });

    test.each<[string, number[]]>([
      ['arrays in arrays (MessagePack)', [0x91]],
      ['objects in objects (MessagePack)', [0x81, 0xa1, 0x61]],
      ['arrays in arrays (CBOR)', [0x81]],
      ['objects in objects (CBOR)', [0xa1, 0x61, 0x61]],
    ])('%s, as deep as a record allows', (_name, unit) => {
      check(Buffer.alloc(900_000, Uint8Array.from(unit)));
    });

    test.each<[string, number[]]>([
      ['an array of 4 billion (MessagePack)', [0xdd, 255, 255, 255, 255]],
      ['an object of 4 billion (MessagePack)', [0xdf, 255, 255, 255, 255]],
      ['a text of 4 GB (MessagePack)', [0xdb, 255, 255, 255, 255]],
      ['an array of 4 billion (CBOR)', [0x9a, 255, 255, 255, 255]],
      ['an object of 4 billion (CBOR)', [0xba, 255, 255, 255, 255]],
      ['bytes of 4 GB (CBOR)', [0x5a, 255, 255, 255, 255]],
    ])('%s, said in five bytes', (_name, bytes) => {
      check(Uint8Array.from(bytes));
    });
  },
);

test('what a codec makes may be of another realm, as Node’s own buffers are in jsdom', () => {
  const inOtherRealm = (code: string, given: object): unknown => runInNewContext(code, given);
  const codec = inUse({
    ...msgpack,
    encode: (value) =>
      inOtherRealm('Uint8Array.from(bytes)', {
        bytes: [...(msgpack.encode(value) as Uint8Array)],
      }) as Uint8Array,
    decode: (bytes) => inOtherRealm('JSON.parse(text)', { text: JSON.stringify(msgpack.decode(bytes)) }),
  });
  const cancel: Message = { kind: 'cancel', id: 1 };
  expect(roundTrip(codec, [cancel])).toMatchObject([{ ok: true, message: cancel }]);
  expect(roundTrip(codec, [cancel, cancel])).toMatchObject([{ ok: true }, { ok: true }]);
});

describe('a codec that answers what no codec should', () => {
  const answering = (answer: () => unknown): EnvelopeCodec => {
    let tried = false;
    return inUse({
      ...msgpack,
      decode: (bytes) => {
        if (tried) return answer();
        tried = true;
        return msgpack.decode(bytes);
      },
    });
  };
  const revoked = (): unknown => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  class Envelope {
    id = 1;
    kafka = { kind: 'cancel' };
  }
  const inherited = Object.create({ id: 1, kafka: { kind: 'cancel' } }) as object;

  test.each<[string, () => unknown]>([
    [
      'a getter that throws',
      () => ({
        id: 1,
        get method() {
          throw new Error('not me');
        },
      }),
    ],
    ['fields of a class', () => new Envelope()],
    ['fields of a prototype', () => inherited],
    [
      'a Map',
      () =>
        new Map<unknown, unknown>([
          ['id', 1],
          ['kafka', { kind: 'cancel' }],
        ]),
    ],
    ['a promise', () => Promise.resolve({ id: 1 })],
    ['a function', () => () => {}],
    ['a symbol', () => Symbol('x')],
    ['nothing', () => undefined],
  ])('%s is refused', (_, answer) => {
    expect(answering(answer).decode(Uint8Array.of(1), undefined)).toMatchObject([
      { ok: false, id: undefined },
    ]);
  });

  test('a proxy that was revoked is refused with its record', () => {
    const codec = answering(revoked);
    expect(() => codec.decode(Uint8Array.of(1), undefined)).toThrow(
      'PARSE_ERROR: the record cannot be read: its value cannot be looked at (',
    );
    const part = codec.encode({ kind: 'cancel', id: 1 });
    const { value, parts } = codec.join([part, part]);
    expect(codec.decode(value as Uint8Array, parts)).toMatchObject([{ ok: false }, { ok: false }]);
  });

  test('an array with holes has as many envelopes as it has places', () => {
    const holes = Array<unknown>(2);
    holes[1] = { id: 1, kafka: { kind: 'cancel' } };
    expect(answering(() => holes).decode(Uint8Array.of(1), undefined)).toMatchObject([
      { ok: false },
      { ok: true },
    ]);
  });

  test.each<[string, unknown]>([
    ['a text', 'no'],
    ['undefined', undefined],
    [
      'what cannot be read',
      {
        toString: () => {
          throw new Error('not me');
        },
      },
    ],
    [
      'an error whose message throws',
      Object.defineProperty(new Error(), 'message', {
        get: () => {
          throw new Error('x');
        },
      }),
    ],
  ])('%s may be thrown', (_, thrown) => {
    const codec = answering(() => {
      throw thrown;
    });
    expect(() => codec.decode(Uint8Array.of(1), undefined)).toThrow(
      'PARSE_ERROR: the record cannot be read: its value is no msgpack (',
    );
  });

  test('what is neither text nor bytes fails the message', () => {
    let tried = false;
    const codec = inUse({
      ...msgpack,
      encode: (value) => {
        if (tried) return 5 as never;
        tried = true;
        return msgpack.encode(value);
      },
    });
    expect(() => codec.encode({ kind: 'cancel', id: 1 })).toThrow(
      'codec msgpack wrote neither text nor bytes, but number',
    );
  });
});
