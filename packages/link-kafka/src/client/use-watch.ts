/** Whether anybody uses a lazy client, and since when nobody does. */
import type { Clock } from '@trpc-kafka/core/internal';

/** Counts the uses of a client: calls, streams and one-way calls under way, and whoever waits for it to be ready. */
export interface UseWatch {
  begin(): void;
  end(): void;
  /** Counts no more. */
  stop(): void;
}

/** Whom a watch tells. */
export interface UseWatchOptions {
  /** How long nobody must have used the client until it is idle. */
  readonly closeMs: number;
  /** Called when a use begins and there was none. */
  readonly onUsed: () => void;
  readonly onIdle: () => void;
  readonly clock: Clock;
}

/** For a client that is connected whether it is used or not. */
export const unwatched: UseWatch = { begin() {}, end() {}, stop() {} };

/** Makes a watch. Calls that follow each other share one timer, which looks at the time of the last one when it is due. */
export function createUseWatch(options: UseWatchOptions): UseWatch {
  const { closeMs, clock } = options;
  let uses = 0;
  let unusedSinceMs = 0;
  let timer: unknown;
  let stopped = false;

  function look(): void {
    timer = undefined;
    if (uses > 0) return;
    const leftMs = unusedSinceMs + closeMs - clock.now();
    if (leftMs > 0) timer = clock.setTimeout(look, leftMs);
    else options.onIdle();
  }

  return {
    begin() {
      if (stopped || uses++ > 0) return;
      options.onUsed();
    },
    end() {
      if (stopped || --uses > 0) return;
      unusedSinceMs = clock.now();
      timer ??= clock.setTimeout(look, closeMs);
    },
    stop() {
      stopped = true;
      clock.clearTimeout(timer);
    },
  };
}
