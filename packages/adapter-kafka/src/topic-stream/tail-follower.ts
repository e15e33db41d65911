/**
 * Keeps the tail of a topic read: one loop per broker that leads partitions of it.
 * Owns: the loops, finding leaders again after whatever goes wrong, looking for new partitions.
 * Must not know: who waits, what is kept. A loop rests while nobody wants more.
 */
import type { FetchPosition, KafkaTransportError, PartitionFetch, PartitionFetcher } from '@trpc-kafka/core';
import { type TopicChunk, toTopicChunk } from './topic-chunk.js';
import { isPassing, topicMissing } from './topic-errors.js';

/** A partition that is followed. */
export interface TailPartition {
  readonly partition: number;
  readers: number;
  /** The next offset to fetch; `undefined` until a reader says where. */
  position: number | undefined;
  /** The offset at which brokers had nothing to read; there each reader asks for itself, and decides. */
  refusedAt: number | undefined;
  broker: number | undefined;
}

/** Whom a follower serves. */
export interface TailFollowerOptions {
  readonly topic: string;
  readonly fetcher: PartitionFetcher;
  readonly refreshMs: number;
  readonly partitions: ReadonlyMap<number, TailPartition>;
  /** Whether somebody waits for more. */
  readonly isWanted: () => boolean;
  /** Chunks of one answer, each from its partition's position on; and partitions whose position is gone. */
  readonly onRead: (chunks: readonly TopicChunk[], refused: readonly TailPartition[]) => void;
  readonly onPartitionAdded: () => void;
  /** What no trying again can cure. */
  readonly onFailed: (error: Error) => void;
}

/** Reads the tail. */
export interface TailFollower {
  /** There are partitions whose leader is to be found. */
  locate(): void;
  /** Somebody waits for more, or a position has changed. */
  wanted(): void;
  partitionCount(): number;
  close(): void;
}

/** One answer, and a partition's part of it: a chunk is the unit in which the tail is kept and handed on. */
const maxAnswerBytes = 1024 * 1024;
const firstPauseMs = 100;
const longestPauseMs = 1000;
/** A topic that brokers do not know for so long is gone, and not just unknown to one of them. */
const missingGraceMs = 5000;

/** Makes a follower. */
export function createTailFollower(options: TailFollowerOptions): TailFollower {
  const { topic, fetcher, partitions } = options;
  const followed = new Set<number>();
  const resting = new Set<() => void>();
  let locating = false;
  let partitionCount = 0;
  let missingSinceMs: number | undefined;
  let closed = false;
  const refreshing = setInterval(() => void refresh(), options.refreshMs);

  function fail(error: unknown): void {
    if (closed) return;
    close();
    options.onFailed(error as Error);
  }

  function close(): void {
    closed = true;
    clearInterval(refreshing);
    fetcher.close();
    wanted();
  }

  function wanted(): void {
    for (const go of resting) go();
    resting.clear();
  }

  const rest = (): Promise<void> => new Promise((resolve) => void resting.add(resolve));
  const ledBy = (broker: number): TailPartition[] =>
    [...partitions.values()].filter((one) => one.broker === broker);

  async function follow(broker: number): Promise<void> {
    followed.add(broker);
    for (let turn = 0; !closed; turn++) {
      const led = ledBy(broker);
      if (led.length === 0) break;
      const positions = led.flatMap(({ partition, position }) =>
        position === undefined ? [] : [{ partition, offset: position }],
      );
      if (positions.length === 0 || !options.isWanted()) await rest();
      else await fetchOnce(broker, rotate(positions, turn));
    }
    followed.delete(broker);
  }

  async function fetchOnce(broker: number, positions: readonly FetchPosition[]): Promise<void> {
    try {
      const fetched = await fetcher.fetch({ topic, broker, positions, maxBytes: maxAnswerBytes });
      if (!closed) take(fetched, new Map(positions.map(({ partition, offset }) => [partition, offset])));
    } catch (error) {
      if (closed) return;
      for (const one of ledBy(broker)) one.broker = undefined;
      if (isPassing(error)) void locate(firstPauseMs);
      else fail(error);
    }
  }

  function take(fetched: readonly PartitionFetch[], asked: ReadonlyMap<number, number>): void {
    const chunks: TopicChunk[] = [];
    const refused: TailPartition[] = [];
    for (const one of fetched) {
      const state = partitions.get(one.partition);
      const offset = asked.get(one.partition);
      // Nobody reads it any more, or it was sent elsewhere meanwhile.
      if (state === undefined || offset === undefined || state.position !== offset) continue;
      if (one.kind === 'failed') {
        state.broker = undefined;
        handleFailure(one.error);
      } else if (one.kind === 'out-of-range') {
        state.position = undefined;
        state.refusedAt = offset;
        refused.push(state);
      } else if (one.nextOffset > offset) {
        state.position = one.nextOffset;
        chunks.push(toTopicChunk(offset, one));
      }
    }
    if (chunks.length > 0 || refused.length > 0) options.onRead(chunks, refused);
  }

  function handleFailure(error: KafkaTransportError): void {
    if (isPassing(error)) void locate(firstPauseMs);
    else fail(error);
  }

  /** Finds leaders until every partition that is read has one. */
  async function locate(pauseFirstMs = 0): Promise<void> {
    if (locating || closed) return;
    locating = true;
    let pauseMs = pauseFirstMs;
    while (!closed && hasLost()) {
      if (pauseMs > 0) await pause(pauseMs);
      if (!closed) await lookUp();
      pauseMs = Math.min(Math.max(pauseMs * 1.5, firstPauseMs), longestPauseMs);
    }
    locating = false;
  }

  const hasLost = (): boolean => [...partitions.values()].some((one) => one.broker === undefined);

  async function lookUp(): Promise<void> {
    try {
      const leaders = await fetcher.findLeaders(topic);
      if (closed) return;
      if (leaders === undefined) missing();
      else place(leaders);
    } catch (error) {
      // The driver tells of brokers that are away; whoever reads waits until they are back.
      if (!closed && !isPassing(error)) fail(error);
    }
  }

  function missing(): void {
    missingSinceMs ??= Date.now();
    if (Date.now() - missingSinceMs >= missingGraceMs) fail(topicMissing(topic));
  }

  function place(leaders: ReadonlyMap<number, number | undefined>): void {
    missingSinceMs = undefined;
    for (const state of partitions.values()) state.broker = leaders.get(state.partition) ?? state.broker;
    for (const broker of leaders.values()) {
      if (broker !== undefined && !followed.has(broker) && ledBy(broker).length > 0) void follow(broker);
    }
    if (leaders.size <= partitionCount) return;
    partitionCount = leaders.size;
    options.onPartitionAdded();
  }

  async function refresh(): Promise<void> {
    if (!locating && partitions.size > 0) await lookUp();
  }

  return {
    locate: () => void locate(),
    wanted,
    partitionCount: () => partitionCount,
    close,
  };
}

/** Brokers fill answers in the order of the question: each partition comes first in its turn. */
function rotate(positions: readonly FetchPosition[], turn: number): FetchPosition[] {
  const first = turn % positions.length;
  return [...positions.slice(first), ...positions.slice(0, first)];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
