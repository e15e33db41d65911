import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../../record.js';
import { gzipCodec, gzipType } from './compression.js';
import {
  type AbortedTransaction,
  decodeRecordBatches,
  type FetchLimits,
  fetchLimits,
  type UnreadableBatch,
} from './record-batch-decoder.js';
import { encodeRecordBatch } from './record-batch-encoder.js';

async function decompress(type: number, bytes: Buffer): Promise<Buffer> {
  if (type !== gzipType) throw new RangeError(`compression type ${type} is not installed`);
  return gzipCodec.decompress(bytes);
}

interface BatchOptions {
  readonly firstOffset?: number;
  readonly timestampMs?: number;
  readonly compression?: 0 | 1;
}

/** A batch as a broker hands it out: with its offset filled in. */
async function batchOf(records: readonly OutgoingRecord[], options: BatchOptions = {}): Promise<Buffer> {
  const { firstOffset = 0, timestampMs = 1000, compression = 0 } = options;
  const batch = await encodeRecordBatch(records, {
    producerId: 7n,
    producerEpoch: 0,
    firstSequence: 0,
    timestampMs,
    compression,
    codec: compression === 0 ? undefined : gzipCodec,
  });
  batch.writeBigInt64BE(BigInt(firstOffset), 0);
  return batch;
}

const record = (value: OutgoingRecord['value'], parts: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic: 't',
  partition: 0,
  key: null,
  value,
  headers: {},
  ...parts,
});

async function decode(bytes: Buffer, limits: Partial<FetchLimits> = {}) {
  const unreadable: UnreadableBatch[] = [];
  const messages = await decodeRecordBatches(bytes, {
    decompress,
    onUnreadable: (batch) => unreadable.push(batch),
    limits: { ...fetchLimits, ...limits },
  });
  return { messages, unreadable };
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const part = fc.option(fc.oneof(bytes, fc.string({ unit: 'grapheme', maxLength: 200 })));
const records = fc.array(
  fc.record({
    topic: fc.constant('t'),
    partition: fc.constant(0),
    key: part,
    value: part,
    headers: fc.dictionary(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.oneof(bytes, fc.string(), fc.array(fc.oneof(bytes, fc.string()), { minLength: 2, maxLength: 4 })),
    ),
  }),
  { minLength: 1, maxLength: 80 },
);

const asBytes = (value: Buffer | string | null) => (value === null ? null : Buffer.from(value));

describe('record batches', () => {
  it('come back as they went, compressed or not, at any offset and time', async () => {
    const place = fc.record({
      firstOffset: fc.maxSafeNat(),
      timestampMs: fc.nat({ max: 4_102_444_800_000 }),
      compression: fc.constantFrom(0 as const, 1 as const),
    });
    await fc.assert(
      fc.asyncProperty(records, place, async (written, options) => {
        fc.pre(options.firstOffset + written.length < Number.MAX_SAFE_INTEGER);
        const { messages, unreadable } = await decode(await batchOf(written, options));
        expect(unreadable).toEqual([]);
        expect(
          messages.map(({ offset, timestamp, key, value, isControlRecord }) => ({
            offset,
            timestamp,
            key,
            value,
            isControlRecord,
          })),
        ).toEqual(
          written.map(({ key, value }, i) => ({
            offset: String(options.firstOffset + i),
            timestamp: String(options.timestampMs),
            key: asBytes(key),
            value: asBytes(value),
            isControlRecord: false,
          })),
        );
        expect(messages.map(({ headers }) => Object.entries(headers!))).toEqual(
          written.map(({ headers }) =>
            Object.entries(headers).map(([name, value]) => [
              name,
              Array.isArray(value) ? value.map(asBytes) : asBytes(value as Buffer | string),
            ]),
          ),
        );
      }),
    );
  });

  it('keep a header named __proto__ as a header', async () => {
    const headers = JSON.parse('{"__proto__":"x"}') as OutgoingRecord['headers'];
    const { messages } = await decode(await batchOf([record('a', { headers })]));
    expect(Object.entries(messages[0]!.headers!)).toEqual([['__proto__', Buffer.from('x')]]);
    expect(Object.getPrototypeOf(messages[0]!.headers)).toBe(Object.prototype);
  });

  it('keep a header that stands there twice, and one that stands there as often as a record has room', async () => {
    const twice = JSON.parse('{"__proto__":["x","y"]}') as OutgoingRecord['headers'];
    const often = { h: Array<string>(200_000).fill('') };
    const { messages, unreadable } = await decode(
      await batchOf([record('a', { headers: twice }), record('b', { headers: often })]),
    );
    expect(unreadable).toEqual([]);
    expect(Object.entries(messages[0]!.headers!)).toEqual([
      ['__proto__', [Buffer.from('x'), Buffer.from('y')]],
    ]);
    expect(messages[1]!.headers!['h']).toHaveLength(200_000);
  });

  it('that are cut off at the end are left for the next fetch', async () => {
    const first = await batchOf([record('a'), record('b')]);
    const second = await batchOf([record('c')], { firstOffset: 2 });
    const whole = Buffer.concat([first, second]);
    for (let cut = first.length; cut < whole.length; cut++) {
      const { messages, unreadable } = await decode(whole.subarray(0, cut));
      expect([messages.length, unreadable.length]).toEqual([2, 0]);
    }
  });

  it('that cannot be read cost nothing but themselves', async () => {
    const before = await batchOf([record('a')]);
    const broken = await batchOf([record('b'), record('c')], { firstOffset: 1 });
    const after = await batchOf([record('d')], { firstOffset: 3 });
    const ways: ((batch: Buffer) => void)[] = [
      (batch) => batch.writeInt16BE(2, 21), // snappy, for which no codec is installed
      (batch) => batch.writeInt16BE(7, 21), // a codec that does not exist
      (batch) => batch.writeInt16BE(1, 21), // gzip, which it is not
      (batch) => batch.writeInt8(1, 16), // an old format
      (batch) => batch.writeInt32BE(1_000_000_000, 57), // more records than bytes
      (batch) => batch.fill(0xff, 61),
      (batch) => batch.fill(0, 61),
    ];
    for (const spoil of ways) {
      const spoiled = Buffer.from(broken);
      spoil(spoiled);
      const { messages, unreadable } = await decode(Buffer.concat([before, spoiled, after]));
      expect(unreadable).toMatchObject([{ firstOffset: 1, lastOffset: 2, error: expect.any(Error) }]);
      expect(messages.map(({ offset, isControlRecord }) => [offset, isControlRecord])).toEqual([
        ['0', false],
        ['2', true],
        ['3', false],
      ]);
    }
  });

  it('that unpack to more than a batch can hold are left out, without being unpacked', async () => {
    const bomb = await batchOf([record(Buffer.alloc(80 * 1024 * 1024))], { compression: 1 });
    expect(bomb.length).toBeLessThan(200_000);
    const { messages, unreadable } = await decode(bomb);
    expect(unreadable).toMatchObject([{ error: { code: 'ERR_BUFFER_TOO_LARGE' } }]);
    expect(messages).toMatchObject([{ offset: '0', isControlRecord: true }]);
  });

  it('of more records than a batch can have are left out: each costs many times its bytes', async () => {
    const crowd = await batchOf(Array<OutgoingRecord>(1001).fill(record('')), { compression: 1 });
    const { messages, unreadable } = await decode(crowd, { records: 1000 });
    expect(unreadable).toMatchObject([{ firstOffset: 0, lastOffset: 1000 }]);
    expect(String(unreadable[0]!.error)).toMatch(/1001 records, at most 1000/);
    expect(messages).toMatchObject([{ offset: '1000', isControlRecord: true }]);
  });

  it('that would be too much at once are left for the next fetch', async () => {
    const batches = await Promise.all(
      [0, 2, 4].map((firstOffset) =>
        batchOf([record('x'.repeat(900)), record('')], { firstOffset, compression: 1 }),
      ),
    );
    const offsetsAt = async (limits: { records?: number; unpackedBytes?: number }): Promise<string[]> =>
      (await decode(Buffer.concat(batches), limits)).messages.map(({ offset }) => offset);
    expect(await offsetsAt({ unpackedBytes: 1000 })).toEqual(['0', '1', '2', '3']);
    expect(await offsetsAt({ unpackedBytes: 1 })).toEqual(['0', '1']);
    expect(await offsetsAt({ records: 3 })).toEqual(['0', '1', '2', '3']);
    expect(await offsetsAt({})).toHaveLength(6);
  });

  it('whose last records are gone move the position on all the same', async () => {
    const compacted = await batchOf([record('a')], { firstOffset: 5 });
    compacted.writeInt32BE(3, 23);
    const { messages } = await decode(compacted);
    expect(messages.map(({ offset, isControlRecord }) => [offset, isControlRecord])).toEqual([
      ['5', false],
      ['8', true],
    ]);
  });

  it('are read without a fault whatever their bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.infiniteStream(fc.nat()), async (written, random) => {
        const spoiled = await batchOf(written);
        for (let i = 0; i < 3; i++) {
          const [at, byte] = [random.next().value as number, random.next().value as number];
          spoiled[at % spoiled.length] = byte % 256;
        }
        const { messages } = await decode(spoiled);
        expect(messages.length).toBeLessThanOrEqual(written.length + 1);
      }),
    );
  });
});

const transactional = 0x10;
const control = 0x20;

/** Batches one behind the other, each of a producer's transaction, or its end. */
async function logOf(
  ...batches: readonly { readonly producerId?: number; readonly holds: string }[]
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const [firstOffset, { producerId, holds }] of batches.entries()) {
    const isEnd = holds === 'abort' || holds === 'commit';
    const key = Buffer.from([0, 0, 0, holds === 'abort' ? 0 : 1]);
    const batch = await batchOf([isEnd ? record(Buffer.alloc(6), { key }) : record(holds)], { firstOffset });
    if (producerId !== undefined) {
      batch.writeInt16BE(transactional | (isEnd ? control : 0), 21);
      batch.writeBigInt64BE(BigInt(producerId), 43);
    }
    parts.push(batch);
  }
  return Buffer.concat(parts);
}

async function readCommitted(log: Buffer, aborted: readonly AbortedTransaction[]) {
  const messages = await decodeRecordBatches(log, { decompress, aborted, onUnreadable: () => {} });
  expect(messages.map(({ offset }) => Number(offset))).toEqual(messages.map((_, offset) => offset));
  return messages.filter(({ isControlRecord }) => !isControlRecord).map(({ value }) => String(value));
}

describe('records of aborted transactions', () => {
  it('are left out up to the end of their transaction, and no others', async () => {
    const log = await logOf(
      { producerId: 1, holds: 'dropped a' },
      { holds: 'kept b' },
      { producerId: 2, holds: 'kept c' },
      { producerId: 1, holds: 'dropped d' },
      { producerId: 1, holds: 'abort' },
      { producerId: 1, holds: 'kept e' },
      { producerId: 1, holds: 'commit' },
      { producerId: 2, holds: 'commit' },
      { producerId: 1, holds: 'dropped f' },
    );
    const aborted = [
      { producerId: 1, firstOffset: 8 },
      { producerId: 1, firstOffset: 0 },
    ];
    expect(await readCommitted(log, aborted)).toEqual(['kept b', 'kept c', 'kept e']);
    expect(await readCommitted(log, [])).toHaveLength(6);
  });
});
