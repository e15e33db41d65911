import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOwnedPartitions, type FoundPartition } from './owned-partitions.js';

const found = (partition: number, committed?: number): FoundPartition => ({
  partition,
  committed: committed === undefined ? undefined : { offset: committed, metadata: '' },
  earliest: 3,
  endOffset: 100,
});

describe('owned partitions', () => {
  it('begin at what is committed, else at the earliest record', () => {
    const owned = createOwnedPartitions();
    expect(owned.assign([found(0, 10), found(1)])).toEqual([
      { partition: 0, position: 10, committed: { offset: 10, metadata: '' }, endOffset: 100, kept: false },
      { partition: 1, position: 3, committed: undefined, endOffset: 100, kept: false },
    ]);
  });

  it('go on where they were when they stay, unless the group has committed beyond', () => {
    const owned = createOwnedPartitions();
    owned.assign([found(0, 10), found(1, 10), found(2, 10)]);
    owned.advance(0, 20);
    owned.advance(1, 20);
    owned.advance(2, 20);
    expect(owned.keepOnly([0, 1])).toEqual([2]);
    const again = owned.assign([found(0, 10), found(1, 30), found(2, 10)]);
    expect(again.map(({ position, kept }) => [position, kept])).toEqual([
      [20, true],
      [30, true],
      [10, false],
    ]);
  });

  it('are committed only forward, only as far as delivered, only when owned', () => {
    const owned = createOwnedPartitions();
    owned.assign([found(0, 10)]);
    owned.advance(0, 20);
    const accepted = (offset: number, partition = 0) => owned.acceptCommit([{ partition, offset }]).length;
    expect(accepted(10)).toBe(0);
    expect(accepted(15)).toBe(1);
    expect(accepted(12)).toBe(0);
    expect(accepted(21)).toBe(0);
    expect(accepted(15, 1)).toBe(0);
    expect(accepted(20)).toBe(1);
  });

  it('commit an offset again for new metadata, or when it was refused, and still not backwards', () => {
    const owned = createOwnedPartitions();
    owned.assign([found(0, 10)]);
    owned.advance(0, 20);
    const offsets = [{ partition: 0, offset: 15, metadata: 'clean' }];
    expect(owned.acceptCommit(offsets)).toHaveLength(1);
    expect(owned.acceptCommit(offsets)).toHaveLength(0);
    owned.forgetCommit(offsets);
    expect(owned.acceptCommit([{ partition: 0, offset: 14 }])).toHaveLength(0);
    expect(owned.acceptCommit(offsets)).toHaveLength(1);
    expect(owned.acceptCommit([{ partition: 0, offset: 15 }])).toHaveLength(1);
  });

  it('begin at the earliest record when the committed one is gone, or lies beyond the end', () => {
    const owned = createOwnedPartitions();
    const positions = owned
      .assign([found(0, 2), found(1, 101), found(2, 100)])
      .map(({ position }) => position);
    expect(positions).toEqual([3, 3, 100]);
    owned.advance(1, 4);
    expect(owned.acceptCommit([{ partition: 1, offset: 4 }])).toHaveLength(1);
  });

  it('take up what comes after a lost position, even when it lies before, and may commit it', () => {
    const owned = createOwnedPartitions();
    owned.assign([found(0, 50)]);
    owned.advance(0, 60);
    expect(owned.resumeAt(0, 5)).toBeUndefined();
    owned.markLost(0);
    expect(owned.resumeAt(0, 5)).toEqual({ lostOffset: 60, resumedAt: 5 });
    owned.advance(0, 6);
    expect(owned.acceptCommit([{ partition: 0, offset: 6 }])).toHaveLength(1);
  });

  it('never accept a commit below an earlier one, whatever is asked in whatever order', () => {
    const step = fc.record({
      advanceTo: fc.nat({ max: 50 }),
      commit: fc.nat({ max: 60 }),
      refused: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const owned = createOwnedPartitions();
        owned.assign([found(0)]);
        let highest = 0;
        for (const { advanceTo, commit, refused } of steps) {
          owned.advance(0, advanceTo);
          const accepted = owned.acceptCommit([{ partition: 0, offset: commit }]);
          if (accepted.length === 0) continue;
          expect(commit).toBeGreaterThanOrEqual(highest);
          expect(commit).toBeLessThanOrEqual(owned.nextOffset(0)!);
          if (refused) owned.forgetCommit(accepted);
          highest = commit;
        }
      }),
    );
  });
});
