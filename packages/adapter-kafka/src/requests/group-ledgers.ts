/** The ledgers of the partitions this instance owns. */
import type { AssignedPartition, CommitOffset } from '@trpc-kafka/core';
import { createPartitionLedger, type PartitionLedger } from './partition-ledger.js';
import { doubtBelow } from './release-mark.js';

/** The ledgers of one group. */
export interface GroupLedgers<TLedger> {
  assign(partitions: readonly AssignedPartition[]): void;
  revoke(partitions: readonly number[]): void;
  get(partition: number): TLedger | undefined;
  partitions(): readonly number[];
  /** What may be committed, by the reading of a ledger that the caller's promise allows. */
  offsets(
    read: (ledger: TLedger) => number,
    mark?: (ledger: TLedger, offset: number) => string,
  ): readonly CommitOffset[];
}

/** Makes an empty set of ledgers. */
export function createGroupLedgers<TLedger>(
  createLedger: (assigned: AssignedPartition) => TLedger,
): GroupLedgers<TLedger> {
  const ledgers = new Map<number, TLedger>();
  return {
    assign(partitions) {
      for (const assigned of partitions) {
        const { partition, kept } = assigned;
        // What was begun on a partition that stays is still running: its ledger goes on.
        if (kept && ledgers.has(partition)) continue;
        ledgers.set(partition, createLedger(assigned));
      }
    },
    revoke(partitions) {
      for (const partition of partitions) ledgers.delete(partition);
    },
    get: (partition) => ledgers.get(partition),
    partitions: () => [...ledgers.keys()],
    offsets: (read, mark = () => '') =>
      [...ledgers].map(([partition, ledger]) => {
        const offset = read(ledger);
        return { partition, offset, metadata: mark(ledger, offset) };
      }),
  };
}

/** The ledger of a partition of the request topic. */
export function createRequestLedger(assigned: AssignedPartition): PartitionLedger {
  return createPartitionLedger(assigned.position, doubtBelow(assigned));
}
