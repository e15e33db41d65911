/**
 * The tail of a topic: read once for all who follow it in this process, with one fetch per broker for all partitions.
 * Owns: what was read last, and the rule who is served from it. It reads only while somebody waits for more, so the fastest
 * reader sets the pace; whoever falls behind what is kept reads for itself until it is back.
 * Must not know: what a subscriber does with records.
 */
import type { PartitionFetcher } from '@trpc-kafka/core';
import { createRecentRecords } from './recent-records.js';
import { createTailFollower, type TailPartition } from './tail-follower.js';
import type { TopicChunk } from './topic-chunk.js';

/** The tail of one topic. */
export interface TopicTail {
  /** Begins to follow a partition for one reader more. */
  attach(partition: number): void;
  detach(partition: number): void;
  /**
   * The chunk with an offset; `wait` when it is still to come; `behind` when it was here before, so that the reader must
   * fetch it by itself.
   */
  read(partition: number, offset: number): TopicChunk | 'wait' | 'behind';
  /** A reader that was refused here could read at the offset: it may wait here again. */
  readable(partition: number, offset: number): void;
  /** Calls back once when there is something new: records, partitions, a failure. Returns what takes that back. */
  wait(wake: () => void): () => void;
  /** How many partitions the topic has, as far as was seen. */
  partitionCount(): number;
  /** Why nothing will come any more. */
  failure(): Error | undefined;
  close(): void;
}

/** What a tail reads, and how. */
export interface TopicTailOptions {
  readonly topic: string;
  readonly fetcher: PartitionFetcher;
  /** Memory for what was read last. */
  readonly maxBytes: number;
  /** How often new partitions are looked for. */
  readonly refreshMs: number;
}

/** A reader so little ahead waits until the tail has come there; for one that is further ahead it goes there, and the others are behind. */
const maxReadThrough = 1000;

/** Opens the tail of a topic. Nothing is read before somebody waits. */
export function openTopicTail(options: TopicTailOptions): TopicTail {
  const partitions = new Map<number, TailPartition>();
  const recent = createRecentRecords(options.maxBytes);
  const waiting = new Set<() => void>();
  let failure: Error | undefined;

  /** All at once: whoever wants more waits again. */
  function wakeAll(): void {
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  }

  const follower = createTailFollower({
    ...options,
    partitions,
    isWanted: () => waiting.size > 0,
    onRead(chunks, refused) {
      for (const { partition } of refused) recent.forget(partition);
      recent.append(chunks);
      wakeAll();
    },
    onPartitionAdded: wakeAll,
    onFailed(error) {
      failure = error;
      wakeAll();
    },
  });

  function moveTo(state: TailPartition, offset: number): void {
    recent.forget(state.partition);
    state.position = offset;
    state.refusedAt = undefined;
    follower.wanted();
  }

  return {
    attach(partition) {
      const state = partitions.get(partition);
      if (state === undefined) {
        partitions.set(partition, {
          partition,
          readers: 1,
          position: undefined,
          refusedAt: undefined,
          broker: undefined,
        });
      } else state.readers++;
      follower.locate();
    },
    detach(partition) {
      const state = partitions.get(partition)!;
      if (--state.readers > 0) return;
      recent.forget(partition);
      partitions.delete(partition);
    },
    read(partition, offset) {
      const state = partitions.get(partition)!;
      if (state.refusedAt === offset) return 'behind';
      if (state.position === undefined) {
        moveTo(state, offset);
        return 'wait';
      }
      const chunk = recent.find(partition, offset);
      if (chunk !== undefined) return chunk;
      if (offset < state.position) return 'behind';
      if (offset > state.position + maxReadThrough) moveTo(state, offset);
      return 'wait';
    },
    readable(partition, offset) {
      const state = partitions.get(partition);
      if (state?.refusedAt === offset) state.refusedAt = undefined;
    },
    wait(wake) {
      waiting.add(wake);
      follower.wanted();
      return () => void waiting.delete(wake);
    },
    partitionCount: () => follower.partitionCount(),
    failure: () => failure,
    close: () => follower.close(),
  };
}
