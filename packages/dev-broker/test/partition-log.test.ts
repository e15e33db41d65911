import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPartitionLog, type PartitionLog } from '../src/log/partition-log.js';
import { batchesIn, recordBatch } from './support/record-batch.js';

interface Written {
  readonly offset: number;
  readonly timestamp: number;
  readonly batch: number;
}

const batches = fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }), {
  maxLength: 12,
});

function fill(batchTimes: readonly (readonly number[])[]): { log: PartitionLog; records: Written[] } {
  const log = createPartitionLog();
  const records: Written[] = [];
  batchTimes.forEach((times, batch) => {
    const bytes = recordBatch({ records: times.map((timestamp) => ({ timestamp, value: 'v' })) });
    const base = log.append(bytes, { leaderEpoch: 0, appendTimestamp: undefined });
    records.push(...times.map((timestamp, i) => ({ offset: base + i, timestamp, batch })));
  });
  return { log, records };
}

const everything = { maxBytes: 1e9, minOneBatch: true };

test('reading from any offset gives all batches from the one that holds it', () => {
  fc.assert(
    fc.property(batches, fc.nat(60), (times, at) => {
      const { log, records } = fill(times);
      const offset = at % (log.endOffset + 1);
      const expected = new Set(records.filter((r) => r.offset >= offset).map(({ batch }) => batch));
      const read = batchesIn(Buffer.concat(log.read({ offset, ...everything })));

      expect(log.endOffset).toBe(records.length);
      expect(read.map(({ baseOffset }) => records[baseOffset]?.batch)).toEqual([...expected]);
    }),
  );
});

test('a read never exceeds its limit by more than the first batch, and only cuts the end', () => {
  fc.assert(
    fc.property(batches, fc.nat(500), fc.boolean(), (times, maxBytes, minOneBatch) => {
      const { log } = fill(times);
      const all = Buffer.concat(log.read({ offset: 0, ...everything }));
      const read = log.read({ offset: 0, maxBytes, minOneBatch });
      const first = batchesIn(all)[0]?.bytes.length ?? 0;
      const isTooSmall = maxBytes < first;
      const expected = isTooSmall ? (minOneBatch ? first : 0) : Math.min(maxBytes, all.length);

      expect(Buffer.concat(read)).toEqual(all.subarray(0, expected));
    }),
  );
});

test('the bytes that can be read are the bytes that a read without a limit gives', () => {
  fc.assert(
    fc.property(batches, fc.nat(60), (times, at) => {
      const { log } = fill(times);
      const offset = at % (log.endOffset + 1);
      expect(log.bytesFrom(offset)).toBe(Buffer.concat(log.read({ offset, ...everything })).length);
    }),
  );
});

test('a time is found where the first batch that reaches it has its first record that does', () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 0, max: 55 }), (times, wanted) => {
      const { log, records } = fill(times);
      const expected = records.find(({ timestamp }) => timestamp >= wanted);
      expect(log.findTimestamp(wanted)?.offset).toBe(expected?.offset);
      expect(log.findTimestamp(wanted)?.timestamp).toBe(expected?.timestamp);
    }),
  );
});

test('the latest time is that of the first record that has it', () => {
  fc.assert(
    fc.property(batches, (times) => {
      const { log, records } = fill(times);
      const latest = Math.max(...records.map(({ timestamp }) => timestamp));
      const expected = records.find(({ timestamp }) => timestamp === latest);
      expect(log.findMaxTimestamp()?.offset).toBe(expected?.offset);
    }),
  );
});

test('trimming moves the start, frees what lies wholly before it, and hides the rest from searches', () => {
  fc.assert(
    fc.property(batches, fc.nat(60), (times, at) => {
      const { log, records } = fill(times);
      const start = at % (log.endOffset + 1);
      log.trimTo(start);
      const kept = records.filter(({ offset }) => offset >= start);

      expect(log.startOffset).toBe(start);
      expect(log.sizeBytes).toBe(Buffer.concat(log.read({ offset: start, ...everything })).length);
      expect(log.findTimestamp(0)?.offset).toBe(kept[0]?.offset);
      log.trimTo(0);
      expect(log.startOffset).toBe(start);
    }),
  );
});

describe('leader epochs', () => {
  const append = (log: PartitionLog, leaderEpoch: number): void => {
    log.append(recordBatch(), { leaderEpoch, appendTimestamp: undefined });
  };

  test('end where the next one that wrote began', () => {
    const log = createPartitionLog();
    log.beginEpoch(0);
    append(log, 0);
    append(log, 0);
    log.beginEpoch(1); // writes nothing
    log.beginEpoch(2);
    append(log, 2);

    expect([0, 1, 2, 3].map((epoch) => log.endOfEpoch(epoch))).toEqual([
      { leaderEpoch: 0, endOffset: 2 },
      { leaderEpoch: 0, endOffset: 2 },
      { leaderEpoch: 2, endOffset: 3 },
      { leaderEpoch: -1, endOffset: -1 },
    ]);
  });

  test('before the first known one end where that one began', () => {
    const log = createPartitionLog();
    log.beginEpoch(5);
    append(log, 5);

    expect(log.endOfEpoch(3)).toEqual({ leaderEpoch: 3, endOffset: 0 });
  });
});
