/** What has become of the records of one partition of the one-way topic, by this owner and those before: the base of its commits. Pure. */
import type { AssignedPartition } from '@trpc-kafka/core';
import {
  createPartitionLedger,
  type LedgerSlot,
  type PartitionLedger,
} from '../requests/partition-ledger.js';
import { formatProgress, maxDoneBits, type Progress, parseProgress, type Tries } from './progress-mark.js';

/** The ledger of one partition. Records are entered in offset order. */
export interface OneWayLedger
  extends Pick<PartitionLedger, 'begin' | 'settledBelow' | 'size' | 'doubtBelow'> {
  /** Enters a record. One that an earlier owner has done is settled at once. */
  enter(offset: number): LedgerSlot;
  settle(slot: LedgerSlot): void;
  /** How often a record was tried, where that is known without a beginning of it here. */
  knownTries(slot: LedgerSlot): Readonly<Tries> | undefined;
  /** How often a record was tried; kept, and told with each commit, until it is settled. */
  triesOf(slot: LedgerSlot): Tries;
  /** The metadata of a commit at {@link settledBelow}: while the partition is owned, or as it is given up. */
  mark(moment: 'owned' | 'given-up'): string;
  /** Aborts when the partition is lost, or when it is not to be worked on any more. */
  readonly gone: AbortController;
}

/** Makes the ledger of a partition that was assigned. */
export function createOneWayLedger(assigned: AssignedPartition): OneWayLedger {
  const { position } = assigned;
  const progress = progressOf(assigned);
  const doubtBelow = Math.max(
    position,
    Math.min(progress.doubtBelow ?? assigned.endOffset, assigned.endOffset),
  );
  const ledger = createPartitionLedger(position, doubtBelow);
  /** Done by earlier owners, and not yet read here. */
  const doneBefore = new Set(progress.done);
  const tries = new Map(progress.tries);

  return {
    begin: (slot) => ledger.begin(slot),
    settledBelow: () => ledger.settledBelow(),
    size: () => ledger.size(),
    doubtBelow,
    enter(offset) {
      const slot = ledger.enter(offset);
      if (doneBefore.delete(offset)) ledger.settle(slot);
      return slot;
    },
    settle(slot) {
      ledger.settle(slot);
      tries.delete(slot.offset);
    },
    knownTries: ({ offset }) => tries.get(offset),
    triesOf({ offset }) {
      let found = tries.get(offset);
      if (found === undefined) {
        found = { attempts: 0, unended: 0 };
        tries.set(offset, found);
      }
      return found;
    },
    mark(moment) {
      const offset = ledger.settledBelow();
      const doubt = moment === 'owned' ? undefined : Math.max(doubtBelow, ledger.begunEnd());
      const done = [...ledger.settledAhead(maxDoneBits), ...doneBefore];
      return formatProgress({ offset, doubtBelow: doubt, done, tries });
    },
    gone: new AbortController(),
  };
}

/** Of a partition that nobody ever owned, or that goes on elsewhere than where it was committed, nothing is known. */
function progressOf({ committed, position }: AssignedPartition): Progress {
  if (committed === undefined) return { doubtBelow: position, done: new Set(), tries: new Map() };
  const progress = parseProgress(committed.offset, committed.metadata);
  return committed.offset === position ? progress : { ...progress, done: new Set(), tries: new Map() };
}
