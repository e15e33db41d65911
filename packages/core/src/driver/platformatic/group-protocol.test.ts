import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { readOwnership } from '../kafkajs/sticky-assigner.js';
import { assignMembers, encodeSubscription, readAssignment } from './group-protocol.js';

// Node does not find it among the named exports of kafkajs, which is CommonJS.
const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

describe('what members of a group tell each other', () => {
  it('is read by members on kafkajs', () => {
    const subscription = encodeSubscription('calls', { generation: 7, owned: [0, 2] });
    expect(MemberMetadata.decode(subscription)?.topics).toEqual(['calls']);
    expect(readOwnership(subscription)).toEqual({ generation: 7, owned: [0, 2] });
    const [one] = assignMembers('calls', [0, 1, 2], [{ memberId: 'a', memberMetadata: subscription }]);
    expect(MemberAssignment.decode(one!.memberAssignment)?.assignment).toEqual({ calls: [0, 1, 2] });
  });

  it('is read when members on kafkajs say it', () => {
    const metadata = (owned: readonly number[]): Buffer =>
      MemberMetadata.encode({
        version: 1,
        topics: ['calls'],
        userData: Buffer.from(JSON.stringify({ generation: 3, owned })),
      });
    const shares = assignMembers(
      'calls',
      [0, 1, 2, 3],
      [
        { memberId: 'a', memberMetadata: metadata([2, 3]) },
        { memberId: 'b', memberMetadata: metadata([0, 1]) },
      ],
    );
    const own = shares.map(({ memberId, memberAssignment }) => [
      memberId,
      readAssignment('calls', memberAssignment),
    ]);
    expect(Object.fromEntries(own)).toEqual({ a: [2, 3], b: [0, 1] });
    const assignment = { other: [5], calls: [1, 4] };
    const encoded = MemberAssignment.encode({ version: 1, assignment, userData: Buffer.alloc(0) });
    expect(readAssignment('calls', encoded)).toEqual([1, 4]);
  });

  it('is nothing where there is nothing, or nothing that can be read', () => {
    expect(readAssignment('calls', Buffer.alloc(0))).toEqual([]);
    const rubbish = [Buffer.alloc(0), Buffer.from([0, 0, 0]), Buffer.alloc(40, 0xff)];
    for (const memberMetadata of rubbish) {
      const [share] = assignMembers('calls', [0, 1], [{ memberId: 'a', memberMetadata }]);
      expect(readAssignment('calls', share!.memberAssignment)).toEqual([0, 1]);
    }
  });
});
