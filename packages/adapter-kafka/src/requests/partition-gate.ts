/** Holds back the records of partitions that are new to this instance, until it knows what was done of them. */
import type { AssignedPartition, FetchedRecords } from '@trpc-kafka/core';

/** What is to be known of a partition before its records pass. */
export interface PartitionOpening {
  /** Resolves when they may; rejects when the partition is given up before. */
  open?(partition: number): Promise<void>;
  release?(partition: number): void;
}

/** A gate before what reads records. */
export interface PartitionGate {
  assigned(partitions: readonly AssignedPartition[]): void;
  revoked(partitions: readonly number[]): void;
  receive(fetched: FetchedRecords): void;
  /** True while the records of a partition are held back: nothing more is to be fetched there. */
  isHeld(partition: number): boolean;
}

/** What a gate works with. */
export interface PartitionGateOptions {
  readonly opening: PartitionOpening;
  readonly pass: (fetched: FetchedRecords) => void;
  /** Partitions are held back, or are no more: fetching is to follow. */
  readonly onChange: () => void;
}

/** Makes a gate. Where there is nothing to be known it is always open. */
export function createPartitionGate({ opening, pass, onChange }: PartitionGateOptions): PartitionGate {
  const owned = new Set<number>();
  /** What was fetched before fetching stopped. */
  const held = new Map<number, FetchedRecords[]>();

  function hold(partition: number, opened: Promise<void>): void {
    const fetched: FetchedRecords[] = [];
    held.set(partition, fetched);
    opened.then(
      () => {
        // It may have gone, and have come back.
        if (held.get(partition) !== fetched) return;
        held.delete(partition);
        for (const records of fetched) pass(records);
        onChange();
      },
      () => {}, // Given up: its next owner reads it.
    );
  }

  return {
    assigned(partitions) {
      if (opening.open === undefined) return;
      for (const { partition } of partitions) {
        if (owned.has(partition)) continue;
        owned.add(partition);
        hold(partition, opening.open(partition));
      }
      onChange();
    },
    revoked(partitions) {
      for (const partition of partitions) {
        held.delete(partition);
        if (owned.delete(partition)) opening.release?.(partition);
      }
    },
    receive(fetched) {
      const waiting = held.get(fetched.partition);
      if (waiting === undefined) pass(fetched);
      else waiting.push(fetched);
    },
    isHeld: (partition) => held.has(partition),
  };
}
