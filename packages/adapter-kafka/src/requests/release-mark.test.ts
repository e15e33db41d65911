import type { AssignedPartition } from '@trpc-kafka/core';
import { describe, expect, test } from 'vitest';
import { createGroupLedgers, createRequestLedger } from './group-ledgers.js';
import { cleanMark, doubtBelow, openMark, releaseMark } from './release-mark.js';

function assigned(committed: AssignedPartition['committed'], endOffset = 100): AssignedPartition {
  return { partition: 0, position: committed?.offset ?? 0, committed, endOffset, kept: false };
}

describe('doubtBelow', () => {
  test.each([
    ['nobody has owned the partition', undefined, 0],
    ['it was given up in order', { offset: 40, metadata: cleanMark }, 40],
    ['its owner died', { offset: 40, metadata: openMark }, 100],
    ['something else committed', { offset: 40, metadata: '' }, 100],
    ['it was given up with doubt left', { offset: 40, metadata: 'clean;doubt-below=70' }, 70],
    ['the doubt reaches beyond the end', { offset: 40, metadata: 'clean;doubt-below=700' }, 100],
    ['the doubt is no number', { offset: 40, metadata: 'clean;doubt-below=x' }, 100],
  ])('when %s', (_, committed, expected) => {
    expect(doubtBelow(assigned(committed))).toBe(expected);
  });
});

test('what a dead owner may have run stays in doubt, however often the partition is given up in order afterwards', () => {
  let committed: AssignedPartition['committed'] = { offset: 40, metadata: openMark };
  for (const { read, end } of [
    { read: 5, end: 100 },
    { read: 0, end: 200 },
    { read: 10, end: 300 },
  ]) {
    const ledgers = createGroupLedgers(createRequestLedger);
    ledgers.assign([assigned(committed, end)]);
    const ledger = ledgers.get(0)!;
    expect(ledger.doubtBelow).toBe(100);
    for (let i = 0; i < read; i++) ledger.settle(ledger.enter(committed.offset + i));
    const [release] = ledgers.offsets(
      (one) => one.release(),
      (one, offset) => releaseMark(offset, one.doubtBelow),
    );
    committed = { offset: release!.offset, metadata: release!.metadata! };
  }
  expect(committed).toEqual({ offset: 55, metadata: 'clean;doubt-below=100' });
  expect(releaseMark(100, 100)).toBe(cleanMark);
});
