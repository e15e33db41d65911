import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignSticky, type StickyMember } from './sticky-assignment.js';

const partitionsOf = (count: number): number[] => Array.from({ length: count }, (_, partition) => partition);

/** Groups in any state: members that claim the same partitions, partitions that no longer exist, generations that differ. */
const groups = fc.record({
  partitionCount: fc.nat({ max: 24 }),
  members: fc
    .uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 4 }),
        generation: fc.integer({ min: -1, max: 3 }),
        owned: fc.array(fc.nat({ max: 30 }), { maxLength: 12 }),
      }),
      { minLength: 1, maxLength: 8, selector: (member) => member.id },
    )
    .map((members): readonly StickyMember[] => members),
});

describe('assignSticky', () => {
  it('gives every partition to exactly one member, and no member more than one above another', () => {
    fc.assert(
      fc.property(groups, ({ partitionCount, members }) => {
        const assignment = assignSticky(partitionsOf(partitionCount), members);
        const shares = [...assignment.values()];
        expect([...assignment.keys()].sort()).toEqual(members.map(({ id }) => id).sort());
        expect(shares.flat().sort((a, b) => a - b)).toEqual(partitionsOf(partitionCount));
        const counts = shares.map((share) => share.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not depend on the order in which members are told', () => {
    fc.assert(
      fc.property(groups, ({ partitionCount, members }) => {
        const partitions = partitionsOf(partitionCount);
        const reversed = [...members].reverse();
        expect(assignSticky(partitions, reversed)).toEqual(assignSticky(partitions, members));
      }),
    );
  });

  it('moves nothing when it is applied to what it assigned', () => {
    fc.assert(
      fc.property(groups, ({ partitionCount, members }) => {
        const partitions = partitionsOf(partitionCount);
        const assignment = assignSticky(partitions, members);
        const settled = members.map(({ id }) => ({ id, generation: 4, owned: assignment.get(id)! }));
        expect(assignSticky(partitions, settled)).toEqual(assignment);
      }),
    );
  });

  it('moves the minimum when a member comes or goes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 24 }), fc.integer({ min: 2, max: 8 }), (partitionCount, memberCount) => {
        const partitions = partitionsOf(partitionCount);
        const fresh = (count: number): StickyMember[] =>
          Array.from({ length: count }, (_, i) => ({ id: `m${i}`, generation: -1, owned: [] }));
        const before = assignSticky(partitions, fresh(memberCount));
        const settle = (count: number) =>
          fresh(count).map(({ id }) => ({ id, generation: 1, owned: before.get(id) ?? [] }));
        const kept = (after: ReadonlyMap<string, readonly number[]>) =>
          [...after].flatMap(([id, own]) => own.filter((p) => before.get(id)?.includes(p) === true)).length;

        const share = Math.floor(partitionCount / (memberCount + 1));
        expect(kept(assignSticky(partitions, settle(memberCount + 1)))).toBe(partitionCount - share);

        const leaver = `m${memberCount - 1}`;
        const survivors = settle(memberCount - 1);
        expect(kept(assignSticky(partitions, survivors))).toBe(partitionCount - before.get(leaver)!.length);
      }),
    );
  });

  it('believes the claim of the latest generation', () => {
    const assignment = assignSticky(partitionsOf(2), [
      { id: 'a', generation: 1, owned: [0, 1] },
      { id: 'b', generation: 2, owned: [0] },
    ]);
    expect(assignment).toEqual(
      new Map([
        ['a', [1]],
        ['b', [0]],
      ]),
    );
  });
});
