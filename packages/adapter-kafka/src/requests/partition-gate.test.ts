import type { AssignedPartition, FetchedRecords } from '@trpc-kafka/core';
import { describe, expect, test } from 'vitest';
import { createPartitionGate } from './partition-gate.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createHarness() {
  const log: string[] = [];
  const opened = new Map<number, (() => void)[]>();
  const gate = createPartitionGate({
    opening: {
      open: (partition) =>
        new Promise((resolve) => opened.set(partition, [...(opened.get(partition) ?? []), resolve])),
      release: (partition) => void log.push(`released ${partition}`),
    },
    pass: ({ partition, highWatermark }) => void log.push(`${partition}: ${highWatermark}`),
    onChange: () => {},
  });
  return {
    gate,
    log,
    assign: (...partitions: number[]) =>
      gate.assigned(partitions.map((partition) => ({ partition }) as AssignedPartition)),
    receive: (partition: number, n: number) =>
      gate.receive({ topic: 't', partition, records: [], highWatermark: n } satisfies FetchedRecords),
    /** What was to be known at the first, second … opening is known. */
    known: async (partition: number, opening = 0): Promise<void> => {
      opened.get(partition)![opening]!();
      await turn();
    },
  };
}

describe('a gate', () => {
  test('holds records of a partition until what was done of them is known, and keeps their order', async () => {
    const { gate, log, assign, receive, known } = createHarness();
    assign(0, 1);
    receive(0, 1);
    receive(0, 2);
    await known(1);
    receive(1, 3);
    expect([log.splice(0), gate.isHeld(0), gate.isHeld(1)]).toEqual([['1: 3'], true, false]);
    await known(0);
    receive(0, 4);
    expect(log).toEqual(['0: 1', '0: 2', '0: 4']);
  });

  test('asks nothing anew about a partition that stays', async () => {
    const { gate, assign, known } = createHarness();
    assign(0);
    await known(0);
    assign(0);
    expect(gate.isHeld(0)).toBe(false);
  });

  test('drops what it holds of a partition that goes, and does not take the old answer for the new one', async () => {
    const { gate, log, assign, receive, known } = createHarness();
    assign(0);
    receive(0, 1);
    gate.revoked([0]);
    assign(0);
    receive(0, 2);
    await known(0, 0);
    expect([log, gate.isHeld(0)]).toEqual([['released 0'], true]);
    await known(0, 1);
    expect(log).toEqual(['released 0', '0: 2']);
  });

  test('is open where nothing is to be known', () => {
    const passed: number[] = [];
    const gate = createPartitionGate({
      opening: {},
      pass: ({ partition }) => void passed.push(partition),
      onChange: () => {},
    });
    gate.assigned([{ partition: 0 } as AssignedPartition]);
    gate.receive({ topic: 't', partition: 0, records: [], highWatermark: 0 });
    expect(passed).toEqual([0]);
  });
});
