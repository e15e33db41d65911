/** Values written together: what was given in one turn of the event loop, and while earlier batches are under way. */

/** How batches are made. */
export interface MicroBatchOptions {
  /** Writes one batch; resolves when the next may take its place. */
  readonly write: (values: Buffer[]) => Promise<unknown>;
  readonly maxRecords: number;
  /** Batches under way at a time. */
  readonly maxInFlight: number;
}

/** Makes what values are given to. No timers: batches grow by themselves under load. */
export function createMicroBatches(options: MicroBatchOptions): (value: Buffer) => void {
  let waiting: Buffer[] = [];
  let inFlight = 0;
  let isScheduled = false;

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
  }

  return (value) => {
    waiting.push(value);
    schedule();
  };
}

/** A ping-pong has no second attempts: a lost record would be a call that never ends. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
