import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from '../record.js';
import {
  createPartitionQueue,
  finishBatch,
  hasUnencodable,
  isSendable,
  keepForRetry,
  nextSequence,
  type PartitionQueue,
  type PendingRecord,
  type ProduceCall,
  renumberBatch,
  splitBatch,
  takeBackNumber,
  takeBatch,
} from './produce-batch.js';

const identity = { producerId: '1', producerEpoch: 0 };
const limits = { maxRecords: 5, maxBytes: 1000 };
const call: ProduceCall = { outcomes: [], startedMs: 0, remaining: 0, resolve: () => undefined };

function fill(queue: PartitionQueue, sizes: readonly number[]): void {
  sizes.forEach((size, index) => {
    const record: OutgoingRecord = {
      topic: 't',
      partition: 0,
      key: null,
      value: Buffer.alloc(size),
      headers: {},
    };
    const pending: PendingRecord = { record, call, index, alone: false };
    queue.pending.push(pending);
  });
}

const indexes = (records: readonly PendingRecord[]) => records.map(({ index }) => index);

describe('a partition queue', () => {
  it('gives batches within the limits, in order, numbered without a gap', () => {
    const queue = createPartitionQueue('t', 0);
    fill(queue, [10, 10, 10, 10, 10, 10, 900, 900, 10]);
    const taken: [number[], number][] = [];
    while (isSendable(queue)) {
      const batch = takeBatch(queue, identity, limits);
      taken.push([indexes(batch.records), batch.firstSequence]);
      expect(isSendable(queue)).toBe(false);
      finishBatch(batch);
    }
    expect(taken).toEqual([
      [[0, 1, 2, 3, 4], 0],
      [[5, 6], 5],
      [[7, 8], 7],
    ]);
  });

  it('gives a batch that failed again, the same and under the same number, before anything else', () => {
    const queue = createPartitionQueue('t', 0);
    fill(queue, [10, 10]);
    const batch = takeBatch(queue, identity, limits);
    fill(queue, [10]);
    keepForRetry(batch);
    expect(takeBatch(queue, { producerId: '2', producerEpoch: 0 }, limits)).toBe(batch);
  });

  it('takes the number back of what was refused, and isolates its records', () => {
    const queue = createPartitionQueue('t', 0);
    fill(queue, [10, 10, 10]);
    const refused = takeBatch(queue, identity, limits);
    finishBatch(refused);
    takeBackNumber(refused);
    splitBatch(refused);
    for (const expected of [0, 1, 2]) {
      const batch = takeBatch(queue, identity, limits);
      expect([indexes(batch.records), batch.firstSequence]).toEqual([[expected], expected]);
      finishBatch(batch);
    }
  });

  it('counts from zero under a new identity', () => {
    const queue = createPartitionQueue('t', 0);
    fill(queue, [10, 10]);
    const batch = takeBatch(queue, identity, limits);
    const renewed = renumberBatch(batch, { producerId: '2', producerEpoch: 0 });
    expect(renewed.firstSequence).toBe(0);
    expect(renewed.records).toBe(batch.records);
    finishBatch(renewed);
    // The old identity's number is not the queue's any more.
    takeBackNumber(batch);
    fill(queue, [10]);
    expect(takeBatch(queue, renewed.identity, limits).firstSequence).toBe(2);
  });
});

describe('sequence numbers', () => {
  it('wrap after 2^31 - 1, as those of the Java client', () => {
    const wrapped = (sequence: number, count: number) =>
      Number((BigInt(sequence) + BigInt(count)) % 2n ** 31n);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0x7fffffff }),
        fc.integer({ min: 0, max: 512 }),
        (from, count) => {
          expect(nextSequence(from, count)).toBe(wrapped(from, count));
        },
      ),
    );
  });
});

describe('hasUnencodable', () => {
  it.each([
    ['a number as a value', { value: 7 as never }],
    ['a number as a header', { headers: { a: 7 as never } }],
    [
      'an inherited header that is no text, which the encoder would write as well',
      { headers: Object.create({ a: 7 }) as never },
    ],
  ])('sees %s', (_what, fault) => {
    const queue = createPartitionQueue('t', 0);
    fill(queue, [10]);
    const [pending] = queue.pending;
    queue.pending[0] = { ...pending!, record: { ...pending!.record, ...fault } };
    const batch = takeBatch(queue, identity, limits);
    expect(hasUnencodable(batch!)).toBe(true);
  });
});
