import {
  crc32c,
  createRecordsBatch,
  type MessageRecord,
  Reader,
  readRecordsBatch,
} from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  offsetBehind,
  readValues,
  recordBatchBytes,
  writeRecordBatch,
} from '../../src/floor/record-batch.ts';

const anyValue = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const anyValues = fc.array(anyValue, { minLength: 1, maxLength: 200 });

function encode(values: readonly Buffer[]): Buffer {
  const batch = Buffer.alloc(recordBatchBytes(values), 0xaa);
  writeRecordBatch(batch, values, 0);
  return batch;
}

/** The broker's part: the offset of a batch's first record. */
function appendedAt(offset: number, values: readonly Buffer[]): Buffer {
  const batch = encode(values);
  batch.writeBigInt64BE(BigInt(offset));
  return batch;
}

const texts = (values: readonly Buffer[]): string[] => values.map(String);
const buffers = (...values: string[]): Buffer[] => values.map((value) => Buffer.from(value));

describe('a batch that is written', () => {
  test('has what another client reads in it', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const bytes = encode(values);
        const batch = readRecordsBatch(Reader.from(bytes));

        expect(batch).toMatchObject({ magic: 2, attributes: 0, lastOffsetDelta: values.length - 1 });
        expect(batch.length).toBe(bytes.length - 12);
        expect(batch.crc).toBe(crc32c(bytes.subarray(21)));
        expect(batch.records.map(({ value }) => value)).toEqual(values);
        expect(batch.records.map(({ offsetDelta }) => offsetDelta)).toEqual([...values.keys()]);
        expect(batch.records.every(({ key, headers }) => key === null && headers.length === 0)).toBe(true);
      }),
    );
  });

  test('can stand behind other bytes', () => {
    const values = buffers('a', 'b');
    const target = Buffer.alloc(7 + recordBatchBytes(values), 0xaa);
    writeRecordBatch(target, values, 7);

    expect(texts(readValues(target.subarray(7), 0))).toEqual(['a', 'b']);
    expect(target.subarray(0, 7)).toEqual(Buffer.alloc(7, 0xaa));
  });
});

describe('batches that are read', () => {
  test('give back what was written', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        expect(readValues(encode(values), 0)).toEqual(values);
      }),
    );
  });

  test('may have keys, headers and times, which are passed over', () => {
    const message = (value: string, n: number): MessageRecord => ({
      topic: 't',
      key: Buffer.from(`key ${n}`),
      value: Buffer.from(value),
      headers: new Map([[Buffer.from('h'), Buffer.alloc(200, n)]]),
      timestamp: 1_700_000_000_000n + BigInt(n) * 100_000n,
    });
    const { buffer } = createRecordsBatch(['a', 'b', 'c'].map(message));

    expect(texts(readValues(buffer, 0))).toEqual(['a', 'b', 'c']);
  });

  test('come one after another, and the last one may be cut off', () => {
    const whole = Buffer.concat([appendedAt(40, buffers('a', 'b')), appendedAt(42, buffers('c'))]);
    const next = appendedAt(43, buffers('d'));

    for (let cut = 0; cut < next.length; cut++) {
      const batches = Buffer.concat([whole, next.subarray(0, cut)]);
      expect(texts(readValues(batches, 40))).toEqual(['a', 'b', 'c']);
      expect(offsetBehind(batches, 40)).toBe(43);
    }
    expect(offsetBehind(Buffer.concat([whole, next]), 40)).toBe(44);
  });

  test('begin before the offset that was asked for', () => {
    expect(texts(readValues(appendedAt(40, buffers('a', 'b', 'c')), 41))).toEqual(['b', 'c']);
  });

  test('may be none', () => {
    expect(readValues(Buffer.alloc(0), 7)).toEqual([]);
    expect(offsetBehind(Buffer.alloc(0), 7)).toBe(7);
  });

  test('are refused where they are compressed or the brokers’ own', () => {
    const { buffer } = createRecordsBatch([{ topic: 't', value: Buffer.from('a') }], { compression: 'gzip' });
    expect(() => readValues(buffer, 0)).toThrow(/offset 0 has format 2 and attributes 1/);
    const control = encode(buffers('a'));
    control.writeInt16BE(0b10_0000, 21);
    expect(() => readValues(control, 0)).toThrow(/attributes 32/);
  });
});
