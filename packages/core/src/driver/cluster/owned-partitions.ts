/**
 * The bookkeeping of a member's partitions: what is delivered next, what may be committed.
 * Owns: the rules "nothing twice", "never backwards", "only one's own". Pure: no I/O, no clock.
 */
import type { AssignedPartition, CommitOffset } from '../group-consumer.js';

/** What was found out about a partition when it was assigned. */
export interface FoundPartition {
  readonly partition: number;
  readonly committed: { readonly offset: number; readonly metadata: string } | undefined;
  readonly earliest: number;
  readonly endOffset: number;
}

/** Tells whether the group can go on where it has committed: the record may be gone, or the topic made anew. */
export function isCommitUsable({ committed, earliest, endOffset }: FoundPartition): boolean {
  return committed !== undefined && committed.offset >= earliest && committed.offset <= endOffset;
}

interface Owned {
  next: number;
  /** What was last sent to be committed, as far as it was not refused. */
  committed: { offset: number; metadata: string } | undefined;
  /** The broker said that the offset is gone: what comes next is taken, even when it lies before. */
  lost: boolean;
}

/** A change of position that skipped or repeated records. */
interface LostPosition {
  readonly lostOffset: number;
  readonly resumedAt: number;
}

/** The partitions a member owns. */
export interface OwnedPartitions {
  list(): readonly number[];
  has(partition: number): boolean;
  /** Takes the partitions away that are not in the list; returns them. */
  keepOnly(partitions: readonly number[]): readonly number[];
  /** Takes a new assignment. Those owned already go on where they were, unless the group has committed beyond. */
  assign(found: readonly FoundPartition[]): readonly AssignedPartition[];
  nextOffset(partition: number): number | undefined;
  /** Notes that everything below an offset is delivered. */
  advance(partition: number, next: number): void;
  /** Notes that the broker no longer has the next offset. */
  markLost(partition: number): void;
  /** Takes up the position at the first record that arrives after {@link markLost}. */
  resumeAt(partition: number, offset: number): LostPosition | undefined;
  /** The offsets that may be committed, noted as sent. */
  acceptCommit(offsets: readonly CommitOffset[]): readonly CommitOffset[];
  /** A commit failed: the same offsets may be sent again. */
  forgetCommit(offsets: readonly CommitOffset[]): void;
}

/** Makes an empty bookkeeping. */
export function createOwnedPartitions(): OwnedPartitions {
  const owned = new Map<number, Owned>();

  function take(found: FoundPartition): AssignedPartition {
    const { partition, committed, endOffset } = found;
    const before = owned.get(partition);
    const usable = isCommitUsable(found) ? committed : undefined;
    const start = usable?.offset ?? found.earliest;
    const position = before === undefined || before.lost ? start : Math.max(before.next, start);
    owned.set(partition, {
      next: position,
      committed: usable === undefined ? undefined : { ...usable },
      lost: before?.lost ?? false,
    });
    return { partition, position, committed, endOffset, kept: before !== undefined };
  }

  return {
    list: () => [...owned.keys()].sort((a, b) => a - b),
    has: (partition) => owned.has(partition),
    keepOnly(partitions) {
      const wanted = new Set(partitions);
      const gone = [...owned.keys()].filter((partition) => !wanted.has(partition));
      for (const partition of gone) owned.delete(partition);
      return gone.sort((a, b) => a - b);
    },
    assign: (found) => found.map(take),
    nextOffset: (partition) => owned.get(partition)?.next,
    advance(partition, next) {
      const own = owned.get(partition);
      if (own !== undefined && next > own.next) own.next = next;
    },
    markLost(partition) {
      const own = owned.get(partition);
      if (own !== undefined) own.lost = true;
    },
    resumeAt(partition, offset) {
      const own = owned.get(partition);
      if (own === undefined || !own.lost) return undefined;
      const lostOffset = own.next;
      own.lost = false;
      if (lostOffset === offset) return undefined;
      own.next = offset;
      own.committed = undefined;
      return { lostOffset, resumedAt: offset };
    },
    acceptCommit(offsets) {
      return offsets.filter(({ partition, offset, metadata = '' }) => {
        const own = owned.get(partition);
        if (own === undefined || offset > own.next) return false;
        const last = own.committed;
        const isNews =
          last === undefined ||
          offset > last.offset ||
          (offset === last.offset && metadata !== last.metadata);
        if (isNews) own.committed = { offset, metadata };
        return isNews;
      });
    },
    forgetCommit(offsets) {
      for (const { partition, offset } of offsets) {
        const own = owned.get(partition);
        if (own?.committed?.offset === offset) own.committed = { offset, metadata: unsent };
      }
    },
  };
}

/** Differs from every metadata a caller can give, so that the same offset is news again; going back is still refused. */
const unsent = '\u0000unsent';
