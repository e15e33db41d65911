/** Sticky assignment as an assigner for kafkajs, whose only built-in one deals all partitions anew at each rebalance. */
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import {
  assignSticky,
  type Ownership,
  parseOwnership,
  type StickyMember,
  stickyAssignerName,
} from '../cluster/sticky-assignment.js';

const version = 1;

/** Makes an assigner; `ownership` is asked at each join. */
export function createStickyAssigner(ownership: () => Ownership): PartitionAssigner {
  return ({ cluster }) => ({
    name: stickyAssignerName,
    version,
    protocol: ({ topics }) => ({
      name: stickyAssignerName,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version,
        topics,
        userData: Buffer.from(JSON.stringify(ownership())),
      }),
    }),
    async assign({ members, topics }) {
      const sticky = members.map((member) => ({
        id: member.memberId,
        ...readOwnership(member.memberMetadata),
      }));
      const assignments = new Map<string, Record<string, number[]>>(members.map((m) => [m.memberId, {}]));
      for (const topic of topics) {
        const partitions = cluster.findTopicPartitionMetadata(topic).map((found) => found.partitionId);
        for (const [id, own] of assignSticky(partitions, sticky)) assignments.get(id)![topic] = [...own];
      }
      return [...assignments].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

/** Other members may be of another version, or no members of ours at all. */
export function readOwnership(metadata: Buffer): Omit<StickyMember, 'id'> {
  try {
    return parseOwnership(AssignerProtocol.MemberMetadata.decode(metadata)?.userData ?? undefined);
  } catch {
    return parseOwnership(undefined);
  }
}
