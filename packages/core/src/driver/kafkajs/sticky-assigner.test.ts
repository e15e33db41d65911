import fc from 'fast-check';
import { AssignerProtocol, type Cluster, type Logger } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { Ownership } from '../cluster/sticky-assignment.js';
import { createStickyAssigner, readOwnership } from './sticky-assigner.js';

/** An assigner of a member that owns something, in a cluster of topics with so many partitions. */
function assignerOf(ownership: Ownership, partitions: Readonly<Record<string, number>> = {}) {
  const findTopicPartitionMetadata = (topic: string) =>
    Array.from({ length: partitions[topic] ?? 0 }, (_, partitionId) => ({ partitionId }));
  const cluster = { findTopicPartitionMetadata } as unknown as Cluster;
  return createStickyAssigner(() => ownership)({ cluster, groupId: 'g', logger: {} as Logger });
}

const metadataOf = (ownership: Ownership) => assignerOf(ownership).protocol({ topics: ['t'] }).metadata;

describe('the sticky assigner', () => {
  it('leaves members what they told that they own', async () => {
    const assigner = assignerOf({ generation: -1, owned: [] }, { t: 4 });
    const members = [
      { memberId: 'a', memberMetadata: metadataOf({ generation: 3, owned: [3, 1] }) },
      { memberId: 'b', memberMetadata: metadataOf({ generation: 3, owned: [0, 2] }) },
    ];
    const assigned = await assigner.assign({ members, topics: ['t'] });
    const decoded = assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
    ]);
    expect(decoded).toEqual([
      ['a', { t: [1, 3] }],
      ['b', { t: [0, 2] }],
    ]);
  });

  it('tells the same bytes for the same ownership, so that joining again changes nothing', () => {
    const ownership = { generation: 1, owned: [1, 2] };
    expect(metadataOf({ ...ownership })).toEqual(metadataOf({ ...ownership }));
  });

  it('reads what others tell, and takes what it cannot read for nothing', () => {
    expect(readOwnership(metadataOf({ generation: 2, owned: [5] }))).toEqual({ generation: 2, owned: [5] });
    const nothing = { generation: -1, owned: [] };
    const userData = (text: string) =>
      AssignerProtocol.MemberMetadata.encode({ version: 1, topics: ['t'], userData: Buffer.from(text) });
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"generation":"1","owned":[1]}',
      '{"generation":1,"owned":7}',
    ]) {
      expect(readOwnership(userData(text))).toEqual(nothing);
    }
    expect(readOwnership(userData('{"generation":1,"owned":[1,"2",3.5,null]}'))).toEqual({
      generation: 1,
      owned: [1],
    });
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readOwnership(Buffer.from(bytes)).owned).toBeInstanceOf(Array);
      }),
    );
  });
});
