/**
 * Tells a partition that was given up in order from one whose owner died, by the metadata of its commit.
 * An owner marks its partitions `open` before it runs anything, and `clean` with its last commit. Where the mark is
 * missing, whatever stood in the partition when it was assigned may have been executed already.
 */
import type { AssignedPartition } from '@trpc-kafka/core';

/** Somebody owns the partition, and may have run more than is committed. */
export const openMark = 'open';

/** The partition was given up in order: nothing behind the committed offset has begun. */
export const cleanMark = 'clean';

/** The same, but an owner before died, and what it may have run was not all read again: the doubt goes on to the next owner. */
const doubtfulMark = /^clean;doubt-below=(\d{1,15})$/;

/** The mark of a partition that is given up in order at an offset. */
export function releaseMark(offset: number, doubtful: number): string {
  return doubtful > offset ? `${cleanMark};doubt-below=${doubtful}` : cleanMark;
}

/** Records below this offset may have been executed by an earlier owner. Without any commit there was none. */
export function doubtBelow({ committed, endOffset, position }: AssignedPartition): number {
  if (committed === undefined || committed.metadata === cleanMark) return position;
  const told = doubtfulMark.exec(committed.metadata)?.[1];
  return told === undefined ? endOffset : Math.max(position, Math.min(Number(told), endOffset));
}
