/** A beat that any number of generators wait for, at the cost of one promise and one timer between them. */

/** A beat. */
export interface Beat {
  /** Resolves at the next one. */
  next(): Promise<void>;
  /** Beats now. */
  now(): void;
}

/** Makes a beat that nobody has heard yet. */
export function createBeat(): Beat {
  let { promise, resolve } = defer();
  return {
    next: () => promise,
    now() {
      const due = resolve;
      ({ promise, resolve } = defer());
      due();
    },
  };
}

function defer(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
