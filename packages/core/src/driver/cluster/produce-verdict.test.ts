import { describe, expect, it } from 'vitest';
import { createPartitionQueue, type ProduceBatch } from './produce-batch.js';
import { judgePlace, judgeProduce, missingPlaceError } from './produce-verdict.js';

const queue = createPartitionQueue('orders', 3);
const batchOf = (records: number) =>
  ({ queue, records: Array.from({ length: records }), ambiguous: false }) as unknown as ProduceBatch;
const topic = (errorCode: number, leaders: readonly number[]) => ({
  topic: 'orders',
  topicErrorCode: errorCode,
  partitionMetadata: leaders.map((leader, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader,
    replicas: [leader],
  })),
});

describe('what a broker answered for a batch', () => {
  it('is believed only with an offset', () => {
    expect(judgeProduce({ errorCode: 0, baseOffset: 7 }, batchOf(1))).toEqual({
      kind: 'written',
      baseOffset: 7,
    });
    for (const answer of [undefined, { errorCode: 0, baseOffset: -1 }]) {
      expect(judgeProduce(answer, batchOf(1))).toMatchObject({
        kind: 'retry',
        error: { code: 'PRODUCE_FAILED', retryable: true, message: expect.stringContaining('orders[3]') },
      });
    }
  });

  it('isolates the record that is too large or not valid', () => {
    for (const errorCode of [10, 18, 87]) {
      expect(judgeProduce({ errorCode, baseOffset: -1 }, batchOf(2))).toEqual({ kind: 'split' });
    }
    expect(judgeProduce({ errorCode: 10, baseOffset: -1 }, batchOf(1))).toMatchObject({
      kind: 'fail',
      error: { code: 'PAYLOAD_TOO_LARGE', retryable: false },
    });
    expect(judgeProduce({ errorCode: 87, baseOffset: -1 }, batchOf(1))).toMatchObject({
      kind: 'fail',
      error: { code: 'PRODUCE_FAILED', retryable: false },
    });
  });

  it('fails for good where it is not known to pass', () => {
    for (const errorCode of [-1, 46, 999]) {
      expect(judgeProduce({ errorCode, baseOffset: -1 }, batchOf(1))).toMatchObject({ kind: 'fail' });
    }
  });
});

describe('where a record goes', () => {
  it('is the leader of its partition, once there is one', () => {
    expect(judgePlace(queue, topic(0, [1, 1, 1, 2]))).toEqual({ kind: 'leader', nodeId: 2 });
    expect(judgePlace(queue, topic(0, [1, 1, 1, -1]))).toEqual({ kind: 'wait' });
    expect(judgePlace(queue, topic(5, []))).toEqual({ kind: 'wait' });
    expect(judgePlace(queue, undefined)).toEqual({ kind: 'wait' });
  });

  it('is given a second to appear, unless it is refused', () => {
    const place = judgePlace(queue, topic(3, []));
    if (place.kind !== 'missing') throw new Error('it should be missing');
    const since = { ...queue, missingSinceMs: 1000 };
    expect(missingPlaceError(since, place, 1999)).toBeUndefined();
    expect(missingPlaceError(since, place, 2000)).toMatchObject({ code: 'TOPIC_MISSING' });

    const refused = judgePlace(queue, topic(29, []));
    if (refused.kind !== 'missing') throw new Error('it should be missing');
    expect(missingPlaceError(since, refused, 1000)).toMatchObject({ code: 'AUTHORIZATION_FAILED' });
  });
});
