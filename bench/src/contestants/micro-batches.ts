/** Values written together: what was given in one turn of the event loop, and while earlier batches are under way. */

/** How batches are made. */
export interface MicroBatchOptions {
  /** Writes one batch; resolves when the next may take its place. */
  readonly write: (values: Buffer[]) => Promise<unknown>;
  readonly maxRecords: number;
  /** Batches under way at a time. */
  readonly maxInFlight: number;
}

/** Takes values one at a time. */
export interface MicroBatches {
  add(value: Buffer): void;
  /** Resolves when everything that was added is written. */
  drain(): Promise<void>;
}

/** Makes what values are given to. No timers: batches grow by themselves under load. */
export function createMicroBatches(options: MicroBatchOptions): MicroBatches {
  let waiting: Buffer[] = [];
  let inFlight = 0;
  let isScheduled = false;
  let onDrained: (() => void) | undefined;

  function schedule(): void {
    if (isScheduled || inFlight === options.maxInFlight || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    const batch = waiting;
    waiting = batch.splice(options.maxRecords);
    inFlight++;
    options.write(batch).then(landed, fail);
    schedule();
  }

  function landed(): void {
    inFlight--;
    schedule();
    if (isDrained()) onDrained?.();
  }

  function isDrained(): boolean {
    return inFlight === 0 && waiting.length === 0;
  }

  return {
    add(value) {
      waiting.push(value);
      schedule();
    },
    drain: () =>
      new Promise((resolve) => {
        if (isDrained()) resolve();
        else onDrained = resolve;
      }),
  };
}

/** A ping-pong has no second attempts: a lost record would be a call that never ends. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
