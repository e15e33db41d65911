import type { IncomingRecord } from '@trpc-kafka/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecentRecords } from './recent-records.js';
import { chunkBytes, type TopicChunk, toTopicChunk } from './topic-chunk.js';

const maxBytes = 5000;

/** A chunk of so many records, with some offsets behind them that have none. */
function chunkAt(
  partition: number,
  from: number,
  { records, holes }: { records: number; holes: number },
): TopicChunk {
  const nextOffset = from + records + holes;
  return toTopicChunk(from, {
    kind: 'records',
    partition,
    records: Array.from({ length: records }, (_, n) => recordAt(partition, from + n)),
    nextOffset,
    endOffset: nextOffset,
    unreadable: [],
  });
}

const recordAt = (partition: number, offset: number): IncomingRecord => ({
  topic: 't',
  partition,
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.alloc(100),
  headers: {},
});

const answers = fc.array(
  fc.uniqueArray(
    fc.record({ partition: fc.nat(3), records: fc.nat(12), holes: fc.nat(2), forget: fc.boolean() }),
    { selector: ({ partition }) => partition, minLength: 1 },
  ),
  { maxLength: 60 },
);

test('whatever comes: the end of each partition is there without a gap, within the bound, and what made room is empty', () => {
  fc.assert(
    fc.property(answers, (all) => {
      const world = createWorld();
      for (const [n, answer] of all.entries()) {
        if (n % 5 === 4)
          for (const { partition, forget } of answer) if (forget) world.recent.forget(partition);
        world.append(answer.filter(({ records, holes }) => records + holes > 0));
        world.check();
      }
    }),
    { numRuns: 50 },
  );
});

/** The memory, and all chunks that it was ever given. */
function createWorld() {
  const recent = createRecentRecords(maxBytes);
  const ends = new Map<number, number>();
  const chunks: TopicChunk[] = [];
  let latestBytes = 0;

  function checkPartition(partition: number, end: number): void {
    const own = chunks.filter((chunk) => chunk.partition === partition && !chunk.dropped);
    const start = own[0]?.from ?? end;
    for (let offset = Math.max(0, start - 2); offset < end + 2; offset++) {
      const owner = own.find(({ from, next }) => from <= offset && offset < next);
      expect(recent.find(partition, offset)).toBe(owner);
      expect(owner !== undefined).toBe(offset >= start && offset < end);
    }
  }

  return {
    recent,
    append(answer: readonly { partition: number; records: number; holes: number }[]): void {
      if (answer.length === 0) return;
      const added = answer.map((one) => chunkAt(one.partition, ends.get(one.partition) ?? 0, one));
      for (const { partition, next } of added) ends.set(partition, next);
      chunks.push(...added);
      latestBytes = added.reduce((sum, chunk) => sum + chunkBytes(chunk), 0);
      recent.append(added);
      for (const chunk of added) expect(recent.find(chunk.partition, chunk.from)).toBe(chunk);
    },
    check(): void {
      expect(chunks.filter(({ dropped }) => dropped).flatMap(({ entries }) => entries)).toEqual([]);
      const kept = chunks.filter(({ dropped }) => !dropped);
      expect(kept.reduce((sum, chunk) => sum + chunkBytes(chunk), 0)).toBeLessThanOrEqual(recent.bytes());
      expect(recent.bytes()).toBeLessThanOrEqual(Math.max(maxBytes, latestBytes));
      for (const [partition, end] of ends) checkPartition(partition, end);
    },
  };
}
