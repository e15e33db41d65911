/**
 * What the members of a consumer group tell each other, as Java's and kafkajs's members do: which topics they read and what
 * they own, and which partitions they are to read.
 * Owns: the layout (ConsumerProtocolSubscription and ConsumerProtocolAssignment of Kafka, version 0).
 * Members on kafkajs read and write the same: a group may hold both, as it does while a driver is changed.
 */
import { assignSticky, type Ownership, parseOwnership } from '../cluster/sticky-assignment.js';
import { WireReader } from '../cluster/wire/wire-reader.js';
import { WireWriter } from '../cluster/wire/wire-writer.js';

const version = 0;

/** What a member tells the leader of the group. */
export function encodeSubscription(topic: string, ownership: Ownership): Buffer {
  const writer = new WireWriter().int16(version);
  writer.array([topic], (name) => writer.string(name));
  return writer.bytes32(Buffer.from(JSON.stringify(ownership))).finish();
}

/** A member as the coordinator names it to the leader. */
export interface GroupMember {
  readonly memberId: string;
  readonly memberMetadata: Buffer;
}

/** A member's share, as the leader hands it to the coordinator. */
export interface MemberAssignment {
  readonly memberId: string;
  readonly memberAssignment: Buffer;
}

/** Shares the partitions of a topic out among the members. */
export function assignMembers(
  topic: string,
  partitions: readonly number[],
  members: readonly GroupMember[],
): readonly MemberAssignment[] {
  const sticky = members.map(({ memberId, memberMetadata }) => ({
    id: memberId,
    ...parseOwnership(readUserData(memberMetadata)),
  }));
  return [...assignSticky(partitions, sticky)].map(([memberId, own]) => ({
    memberId,
    memberAssignment: encodeAssignment(topic, own),
  }));
}

/** The partitions of a topic that an assignment names. A group that has nothing for a member says so in no bytes at all. */
export function readAssignment(topic: string, assignment: Buffer): readonly number[] {
  if (assignment.length === 0) return [];
  const reader = new WireReader(assignment);
  const own: number[] = [];
  reader.int16();
  for (let topics = reader.int32(); topics > 0; topics--) {
    const isOurs = reader.string() === topic;
    for (let count = reader.int32(); count > 0; count--) {
      const partition = reader.int32();
      if (isOurs) own.push(partition);
    }
  }
  return own;
}

function encodeAssignment(topic: string, partitions: readonly number[]): Buffer {
  const writer = new WireWriter().int16(version);
  writer.array([topic], (name) => {
    writer.string(name).array(partitions, (partition) => writer.int32(partition));
  });
  return writer.bytes32(Buffer.alloc(0)).finish();
}

/** What cannot be read is nothing: members may be of another version, or no members of ours at all. */
function readUserData(metadata: Buffer): Buffer | undefined {
  try {
    const reader = new WireReader(metadata);
    reader.int16();
    for (let topics = reader.int32(); topics > 0; topics--) reader.string();
    const length = reader.int32();
    const at = reader.advance(length);
    return reader.bytes.subarray(at, at + length);
  } catch {
    return undefined;
  }
}
