/** The ledgers of the partitions this instance owns. */
import type { AssignedPartition, CommitOffset } from '@trpc-kafka/core';
import { createPartitionLedger, type PartitionLedger } from './partition-ledger.js';
import { doubtBelow } from './release-mark.js';

/** The ledgers of one group. */
export interface GroupLedgers {
  assign(partitions: readonly AssignedPartition[]): void;
  revoke(partitions: readonly number[]): void;
  get(partition: number): PartitionLedger | undefined;
  partitions(): readonly number[];
  /** What may be committed, by the reading of a ledger that the caller's promise allows. */
  offsets(
    read: (ledger: PartitionLedger) => number,
    mark?: (ledger: PartitionLedger, offset: number) => string,
  ): readonly CommitOffset[];
}

/** Makes an empty set of ledgers. */
export function createGroupLedgers(): GroupLedgers {
  const ledgers = new Map<number, PartitionLedger>();
  return {
    assign(partitions) {
      for (const assigned of partitions) {
        const { partition, position, kept } = assigned;
        // What was begun on a partition that stays is still running: its ledger goes on.
        if (kept && ledgers.has(partition)) continue;
        ledgers.set(partition, createPartitionLedger(position, doubtBelow(assigned)));
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
