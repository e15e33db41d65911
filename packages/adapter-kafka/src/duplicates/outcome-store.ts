/** A store of the user's for calls with an `idempotencyKey`, beside the memory of this instance for those without. */
import { isThenable } from '@trpc-kafka/core/internal';
import type { OutcomeMemory, OutcomeStore } from './outcome.js';

/** Puts a store in the place of the window, for calls that have a key. */
export function withStore(window: OutcomeMemory, store: OutcomeStore): OutcomeMemory {
  return {
    find(identity) {
      const { key } = identity;
      if (key === undefined) return window.find(identity);
      const found = store.find(key);
      return isThenable(found)
        ? found.then((kept) => kept ?? window.find(identity))
        : (found ?? window.find(identity));
    },
    keep(identity, outcome) {
      const { key } = identity;
      return key === undefined ? window.keep(identity, outcome) : store.keep(key, outcome);
    },
  };
}
