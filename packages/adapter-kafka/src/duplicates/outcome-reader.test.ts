import {
  type FetchRequest,
  type IncomingRecord,
  KafkaTransportError,
  type PartitionFetch,
  type PartitionFetcherOptions,
} from '@trpc-kafka/core';
import { afterEach, describe, expect, test } from 'vitest';
import { createOutcomeReader, type OutcomeReader } from './outcome-reader.js';

const opened: OutcomeReader[] = [];
afterEach(() => {
  for (const reader of opened.splice(0)) reader.close();
});

/** A reader whose brokers are the test: each partition is a list of offsets. */
function createHarness() {
  const logs = new Map<number, number[]>([
    [0, [0, 1, 2]],
    [1, []],
  ]);
  const leaders = new Map<number, number | undefined>([
    [0, 1],
    [1, 1],
  ]);
  const read: string[] = [];
  const warnings: string[] = [];
  /** What brokers answer instead, once each. */
  const faults: ((request: FetchRequest) => readonly PartitionFetch[])[] = [];
  let first = 0;
  const waiting = new Set<() => void>();
  const endOf = (partition: number): number => Math.max(-1, ...logs.get(partition)!) + 1;
  const openFetcher = ({ maxWaitTimeMs }: PartitionFetcherOptions) => ({
    findLeaders: async () => leaders,
    async fetch(request: FetchRequest) {
      const fault = faults.shift();
      if (fault !== undefined) return fault(request);
      const isNews = request.positions.some(({ partition, offset }) => offset < endOf(partition));
      if (!isNews && maxWaitTimeMs > 0) await new Promise<void>((resolve) => waiting.add(resolve));
      return request.positions.map(({ partition, offset }): PartitionFetch => {
        if (offset < first) return { kind: 'out-of-range', partition };
        const records = logs.get(partition)!.filter((n) => n >= offset);
        return {
          kind: 'records',
          partition,
          records: records.map((n) => ({ partition, offset: n }) as IncomingRecord),
          nextOffset: endOf(partition),
          endOffset: endOf(partition),
          unreadable: [],
        };
      });
    },
    close: () => {
      for (const wake of waiting) wake();
    },
  });
  const reader = createOutcomeReader({
    driver: {
      openFetcher,
      listOffsets: async ({ at }) =>
        new Map([...logs.keys()].map((partition) => [partition, at === 'latest' ? endOf(partition) : first])),
    },
    topic: 'outcomes',
    sinceMs: () => 0,
    onRecord: ({ partition, offset }) => void read.push(`${partition}/${offset}`),
    logger: { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} },
  });
  opened.push(reader);
  return {
    reader,
    read,
    warnings,
    faults,
    leaders,
    write: (partition: number): void => {
      logs.get(partition)!.push(endOf(partition));
      for (const wake of waiting) wake();
      waiting.clear();
    },
    /** Retention has removed what is below. */
    trim: (offset: number) => {
      first = offset;
      for (const [partition, offsets] of logs)
        logs.set(
          partition,
          offsets.filter((n) => n >= offset),
        );
    },
  };
}

describe('a reader of outcomes', () => {
  test('has read a partition to its end when it says so, and an empty one at once', async () => {
    const { reader, read } = createHarness();
    await Promise.all([reader.open(0), reader.open(1)]);
    expect(read).toEqual(['0/0', '0/1', '0/2']);
  });

  test('goes on reading, since an owner before may still write', async () => {
    const { reader, read, write } = createHarness();
    await Promise.all([reader.open(0), reader.open(1)]);
    write(1);
    await expect.poll(() => read).toContain('1/0');
    write(0);
    await expect.poll(() => read).toContain('0/3');
  });

  test('begins anew where it is told to when its position is gone', async () => {
    const { reader, read, faults, trim } = createHarness();
    faults.push(() => {
      trim(2);
      return [{ kind: 'out-of-range', partition: 0 }];
    });
    await reader.open(0);
    expect(read).toEqual(['0/2']);
  });

  test('tries again whatever goes wrong, says so once, and opens nothing before', async () => {
    const { reader, read, faults, warnings, leaders } = createHarness();
    const error = new KafkaTransportError({ code: 'BROKER_ERROR', message: 'no leader' });
    leaders.set(0, undefined);
    faults.push(
      () => [{ kind: 'failed', partition: 0, error }],
      () => {
        throw error;
      },
    );
    setTimeout(() => leaders.set(0, 2), 50);
    await reader.open(0);
    expect([read, warnings.length]).toEqual([['0/0', '0/1', '0/2'], 1]);
  });

  test('a partition that is given up, and taken again, is read again', async () => {
    const { reader, read } = createHarness();
    const given = expect(reader.open(0)).rejects.toThrow('given up');
    reader.release(0);
    await given;
    await reader.open(0);
    expect(read).toEqual(['0/0', '0/1', '0/2']);
  });
});
