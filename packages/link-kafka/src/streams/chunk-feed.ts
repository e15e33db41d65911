/**
 * Streamed results: from the chunks of a call to the promises and iterables its caller reads.
 * This file owns when a chunk is handed to tRPC's jsonl consumer: only while somebody waits for a part of the result.
 * That consumer takes whatever it is given, so this is what bounds memory, and holds the server back when the caller is slow.
 * Must not know: how chunks come here, what stands in them.
 */
import type { ChunkMessage } from '@trpc-kafka/core/internal';

/** Feeds the chunks of one result to their reader. */
export interface ChunkFeed {
  /** The lines, as tRPC's jsonl consumer reads them. */
  readonly lines: ReadableStream<Uint8Array>;
  /** Takes the next chunk, in order. */
  push(chunk: ChunkMessage): void;
  /** No more chunks will come. Whoever waits once all are fed gets this error: the server's, or that something is missing. */
  end(error: () => Error): void;
  /** Drops what was not fed and ends the lines with an error, now. */
  fail(error: Error): void;
  /** Somebody begins to wait for a part; returns what tells that the wait is over. */
  want(): () => void;
}

/** Whom a feed tells what it does. */
export interface ChunkFeedOptions {
  /** The chunk was fed: the server may send another. */
  readonly onFed: (chunk: ChunkMessage) => void;
  /** Somebody waits and there is nothing to feed, or that is over. */
  readonly onStarving: (isStarving: boolean) => void;
  /** Runs a callback when everything that follows from what was fed has happened. @default setImmediate */
  readonly nextTurn?: (callback: () => void) => void;
}

/** So much is fed in one turn: a turn for each chunk would be most of what a chunk costs. It may be more than is waited for, but is no more than this. */
const maxAtOnce = 8;
const maxLengthAtOnce = 64 * 1024;

/** Makes a feed that has nothing yet. */
export function createChunkFeed(options: ChunkFeedOptions): ChunkFeed {
  const { onFed, onStarving, nextTurn = setImmediate } = options;
  const encoder = new TextEncoder();
  const queue: ChunkMessage[] = [];
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let waiting = 0;
  let scheduled = false;
  let starving = false;
  let end: (() => Error) | undefined;
  let closed = false;

  function setStarving(isStarving: boolean): void {
    if (starving === isStarving) return;
    starving = isStarving;
    onStarving(isStarving);
  }

  /** What was fed may be all that is waited for: only the next turn knows whether more is wanted. */
  function schedule(): void {
    if (scheduled || closed) return;
    scheduled = true;
    nextTurn(() => {
      scheduled = false;
      if (waiting > 0 && !closed) feed();
    });
  }

  function feed(): void {
    if (queue.length > 0) {
      feedSome();
      schedule();
    } else if (end === undefined) setStarving(true);
    else close(end());
  }

  function feedSome(): void {
    let length = 0;
    for (let count = 0; count < maxAtOnce && length < maxLengthAtOnce; count++) {
      const chunk = queue.shift();
      if (chunk === undefined) return;
      const text = `${chunk.lines.join('\n')}\n`;
      length += text.length;
      controller.enqueue(encoder.encode(text));
      onFed(chunk);
    }
  }

  function close(error: Error): void {
    if (closed) return;
    closed = true;
    queue.length = 0;
    setStarving(false);
    controller.error(error);
  }

  return {
    lines: new ReadableStream({
      start: (given) => {
        controller = given;
      },
    }),
    push(chunk) {
      if (closed || end !== undefined) return;
      queue.push(chunk);
      if (!starving) return;
      setStarving(false);
      feed();
    },
    end(error) {
      end ??= error;
      if (starving) close(error());
    },
    fail: close,
    want() {
      let isWaiting = true;
      waiting++;
      schedule();
      return () => {
        if (!isWaiting) return;
        isWaiting = false;
        waiting--;
        if (waiting === 0) setStarving(false);
      };
    },
  };
}
