/**
 * One subscriber's way through a topic.
 * Owns: how far each partition was read, and from where its records come: the tail that all share, or a read of its own.
 * It holds one chunk of its own at most, and reads only when it is asked for more.
 * Must not know: events, decoding, filters.
 */
import type { PartitionFetch } from '@trpc-kafka/core';
import {
  firstOffsetOf,
  lastOffsetOf,
  type TopicChunk,
  type TopicEntry,
  toTopicChunk,
} from './topic-chunk.js';
import { isPassing, positionLost } from './topic-errors.js';
import type { TopicHub } from './topic-hub.js';
import type { PartitionRange } from './topic-range.js';
import { createWakeUp } from './wake-up.js';

/** What was read, and where. */
export interface TakenEntry {
  readonly entry: TopicEntry;
  readonly chunk: TopicChunk;
}

/** Reads a topic for one subscriber. */
export interface TopicReader {
  /** The next entry, `undefined` when none is here now. */
  take(): TakenEntry | undefined;
  /** True when every partition was read to its end. */
  isDone(): boolean;
  /** Resolves when there may be more, or the reader was closed. @throws what it cannot go on after. */
  more(): Promise<void>;
  /** The next offset of every partition, in ascending order. */
  position(): readonly (readonly [partition: number, next: number])[];
  close(): void;
}

/** What a reader needs beside its way. */
export interface TopicReaderOptions {
  readonly topic: string;
  readonly hub: TopicHub;
  readonly ranges: readonly PartitionRange[];
  /** Whether partitions that are added are read, too; told how many there would be, and may throw. */
  readonly onPartitionCount: ((count: number) => void) | undefined;
  /** Told that records are gone; returns when the reader is to go on behind them. */
  readonly onGap: (error: Error) => void;
}

interface Cursor {
  readonly partition: number;
  offset: number;
  readonly end: number | undefined;
  isProven: boolean;
}

/** A chunk being read. */
interface Hand {
  readonly cursor: Cursor;
  readonly chunk: TopicChunk;
  index: number;
}

const pauseAfterFailureMs = 250;

/** Opens a reader. */
export function openTopicReader(options: TopicReaderOptions): TopicReader {
  return new TopicReaderImpl(options);
}

class TopicReaderImpl implements TopicReader {
  private readonly options: TopicReaderOptions;
  private readonly cursors: Cursor[];
  private readonly wakeUp = createWakeUp();
  private turn = 0;
  private hand: Hand | undefined = undefined;
  /** What was read by itself, and is still to be taken. */
  private own: Hand | undefined = undefined;
  private isReading = false;
  /** A partition waits at the tail. */
  private waitsAtTail = false;
  private failure: unknown = undefined;
  private closed = false;

  constructor(options: TopicReaderOptions) {
    this.options = options;
    this.cursors = options.ranges.map((range) => ({ ...range }));
    for (const { partition } of this.cursors) options.hub.tail.attach(partition);
  }

  take(): TakenEntry | undefined {
    for (;;) {
      const entry = this.hand === undefined ? undefined : this.nextIn(this.hand);
      if (entry !== undefined) return { entry, chunk: this.hand!.chunk };
      this.hand = this.closed ? undefined : this.pick();
      if (this.hand === undefined) return undefined;
    }
  }

  isDone(): boolean {
    return this.cursors.every(isAtEnd);
  }

  async more(): Promise<void> {
    if (this.failure === undefined && !this.closed) {
      const stopWaiting = this.waitsAtTail ? this.options.hub.tail.wait(this.wakeUp.now) : undefined;
      await this.wakeUp.next();
      stopWaiting?.();
    }
    if (this.closed) return;
    const failure = this.failure ?? this.options.hub.tail.failure();
    if (failure !== undefined) throw failure;
  }

  position(): readonly (readonly [number, number])[] {
    return this.cursors.map(({ partition, offset }) => [partition, offset]);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.hand = undefined;
    this.own = undefined;
    for (const { partition } of this.cursors) this.options.hub.tail.detach(partition);
    this.wakeUp.now();
  }

  /** The next entry of a chunk; moves past what it holds when there is none. */
  private nextIn(hand: Hand): TopicEntry | undefined {
    const { cursor, chunk } = hand;
    // It made room for newer ones while nobody took from here: the cursor says where to go on.
    if (chunk.dropped) return undefined;
    while (hand.index < chunk.entries.length) {
      const entry = chunk.entries[hand.index++]!;
      if (lastOffsetOf(entry) < cursor.offset) continue;
      if (cursor.end !== undefined && firstOffsetOf(entry) >= cursor.end) break;
      cursor.offset = lastOffsetOf(entry) + 1;
      return entry;
    }
    cursor.offset = Math.max(cursor.offset, Math.min(chunk.next, cursor.end ?? chunk.next));
    return undefined;
  }

  /** The next chunk, of each partition in its turn. */
  private pick(): Hand | undefined {
    this.waitsAtTail = false;
    this.addPartitions();
    const count = this.cursors.length;
    for (let step = 0; step < count; step++) {
      const at = (this.turn + step) % count;
      const found = this.chunkFor(this.cursors[at]!);
      if (found === undefined) continue;
      this.turn = at + 1;
      return found;
    }
    return undefined;
  }

  private chunkFor(cursor: Cursor): Hand | undefined {
    if (isAtEnd(cursor)) return undefined;
    if (this.own?.cursor === cursor) {
      const { own } = this;
      this.own = undefined;
      return own;
    }
    // What has an end is read but once: there is no tail to share.
    const source =
      cursor.end === undefined && cursor.isProven
        ? this.options.hub.tail.read(cursor.partition, cursor.offset)
        : 'behind';
    if (source === 'wait') this.waitsAtTail = true;
    else if (source === 'behind') this.startReading(cursor);
    else return { cursor, chunk: source, index: 0 };
    return undefined;
  }

  private startReading(cursor: Cursor): void {
    if (this.isReading || this.own !== undefined) return;
    this.isReading = true;
    this.readOwn(cursor)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.isReading = false;
        this.wakeUp.now();
      });
  }

  private async readOwn(cursor: Cursor): Promise<void> {
    const { topic, hub } = this.options;
    const { partition, offset } = cursor;
    try {
      const fetched = await hub.catchUp.read({ topic, partition, offset });
      if (this.closed) return;
      if (fetched.kind === 'records') await this.takeOwn(cursor, fetched);
      else await this.passGap(cursor);
    } catch (error) {
      if (!isPassing(error)) throw error;
      // The driver tells of brokers that are away. Other partitions are read meanwhile, and this one is tried again.
      await pause(pauseAfterFailureMs);
    }
  }

  private async takeOwn(cursor: Cursor, fetched: PartitionFetch & { kind: 'records' }): Promise<void> {
    const { partition, offset } = cursor;
    const { nextOffset, endOffset } = fetched;
    cursor.isProven = true;
    this.options.hub.tail.readable(partition, offset);
    // Compaction, or a transaction's end, may leave nothing at all up to the end.
    const next = nextOffset === offset ? Math.max(offset, endOffset) : nextOffset;
    if (next > offset) {
      this.own = { cursor, chunk: toTopicChunk(offset, { ...fetched, nextOffset: next }), index: 0 };
    } else if (cursor.end !== undefined) await pause(pauseAfterFailureMs);
  }

  /** The offset is out of range: finds out what is lost, and goes on behind it if that is wanted. */
  private async passGap(cursor: Cursor): Promise<void> {
    const { topic, hub, onGap } = this.options;
    const { partition, offset } = cursor;
    const [starts, ends] = await Promise.all([hub.listOffsets('earliest'), hub.listOffsets('latest')]);
    if (this.closed) return;
    const start = starts.get(partition) ?? 0;
    const end = ends.get(partition) ?? 0;
    if (offset >= start && offset <= end) {
      // A broker that had just become leader did not know yet.
      await pause(pauseAfterFailureMs);
      return;
    }
    onGap(positionLost({ topic, partition, offset, start, end }));
    cursor.offset = start;
    cursor.isProven = true;
  }

  private addPartitions(): void {
    const { hub, onPartitionCount } = this.options;
    const count = hub.tail.partitionCount();
    if (onPartitionCount === undefined || count <= this.cursors.length) return;
    onPartitionCount(count);
    for (let partition = this.cursors.length; partition < count; partition++) {
      this.cursors.push({ partition, offset: 0, end: undefined, isProven: true });
      hub.tail.attach(partition);
    }
  }
}

function isAtEnd({ offset, end }: Cursor): boolean {
  return end !== undefined && offset >= end;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
