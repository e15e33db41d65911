/** A wait of one waiter that several may end, also before it has begun. */
export interface WakeUp {
  /** Ends the wait, or the next one if there is none now. */
  readonly now: () => void;
  next(): Promise<void>;
}

/** Makes one. */
export function createWakeUp(): WakeUp {
  let called = false;
  let wake: (() => void) | undefined;
  return {
    now() {
      called = true;
      wake?.();
      wake = undefined;
    },
    async next() {
      if (!called) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      called = false;
    },
  };
}
