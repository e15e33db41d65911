/** Subscriptions to feeds, and whether each of them gets 1, 2, 3 ... and nothing else. */
import type { TRPCClient } from '@trpc/client';
import type { FeedRouter } from './feed-router.ts';

/** Readers of feeds. */
export interface FeedReaders {
  /** Resolves when all have started; rejects when one failed before. */
  readonly started: Promise<void>;
  /** Resolves when each has got so many items; rejects when one got another than was due, or came to an end. */
  received(items: number): Promise<void>;
  close(): void;
}

interface Wait {
  readonly items: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Opens so many. */
export function createFeedReaders(client: TRPCClient<FeedRouter>, count: number): FeedReaders {
  /** The latest item of each stream. */
  const latest = new Uint32Array(count);
  const hasStarted = new Uint8Array(count);
  /** How many streams have got at least so many items, by that number. */
  const reached: number[] = [0];
  let failure: Error | undefined;
  let wait: Wait | undefined;

  function look(): void {
    if (failure !== undefined) wait?.reject(failure);
    else if (wait !== undefined && (reached[wait.items] ?? 0) === count) wait.resolve();
  }

  function fail(error: Error): void {
    failure ??= error;
    look();
  }

  function countUp(n: number): void {
    reached[n] = (reached[n] ?? 0) + 1;
    if (reached[n] === count) look();
  }

  const received = (items: number): Promise<void> =>
    new Promise((resolve, reject) => {
      wait = { items, resolve, reject };
      look();
    });

  const subscriptions = Array.from(latest, (_, stream) =>
    client.feed.subscribe(
      { from: 'FRA', to: 'JFK' },
      {
        onStarted() {
          if (hasStarted[stream] === 1) fail(new Error(`stream ${stream} was lost and opened anew`));
          hasStarted[stream] = 1;
          countUp(0);
        },
        onData(n) {
          const due = latest[stream]! + 1;
          if (n !== due) return fail(new Error(`stream ${stream} got ${n}, where ${due} was due`));
          latest[stream] = n;
          countUp(n);
        },
        onError: fail,
        onComplete: () => fail(new Error(`stream ${stream} came to an end`)),
      },
    ),
  );
  return {
    started: received(0),
    received,
    close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
