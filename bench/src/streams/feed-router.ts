/** Feeds: subscriptions that hold as little as a resolver can, and yield 1, 2, 3 ... with a beat. */
import { setTimeout as delay } from 'node:timers/promises';
import { initTRPC } from '@trpc/server';
import { z } from 'zod';
import { createBeat } from './beat.ts';

const t = initTRPC.create();

/** Streams do not all have something to say at the same moment: they are spread over so many beats. */
const beatCount = 100;

/** A router with its beats. */
export interface Feeds {
  readonly router: FeedRouter;
  /** What the resolver returns. */
  items(): AsyncGenerator<number, void>;
  /** Resolves when no generator is left that has begun. */
  closed(): Promise<void>;
  beatAll(): void;
  /** Every stream yields one item in each period from now on. Resolves after so many periods. */
  run(periods: number, periodMs: number): Promise<void>;
}

/** Makes feeds. */
export function createFeeds(): Feeds {
  const beats = Array.from({ length: beatCount }, createBeat);
  let begun = 0;
  let open = 0;

  async function* items(): AsyncGenerator<number, void> {
    const beat = beats[begun++ % beatCount]!;
    open++;
    try {
      for (let n = 1; ; n++) {
        await beat.next();
        yield n;
      }
    } finally {
      open--;
    }
  }

  const beatAll = (): void => {
    for (const beat of beats) beat.now();
  };

  return {
    router: createFeedRouter(items),
    items,
    beatAll,
    async closed() {
      // A generator that waits is returned from at its next beat.
      for (; open > 0; await delay(20)) beatAll();
    },
    run: (periods, periodMs) =>
      new Promise((resolve) => {
        let turn = 0;
        const timer = setInterval(() => {
          beats[turn++ % beatCount]!.now();
          if (turn < periods * beatCount) return;
          clearInterval(timer);
          resolve();
        }, periodMs / beatCount);
      }),
  };
}

function createFeedRouter(items: () => AsyncGenerator<number, void>) {
  return t.router({
    feed: t.procedure.input(z.object({ from: z.string(), to: z.string() })).subscription(() => items()),
  });
}

export type FeedRouter = ReturnType<typeof createFeedRouter>;
