/**
 * Retries with short pauses, in the shape kafkajs's cluster objects expect.
 * kafkajs gives them the user's `retry` settings; by default their pauses grow to 10 s, which keeps a client deaf long
 * after a broker is back.
 */
import { toError } from '../cluster/client-errors.js';
import { sleep } from '../cluster/sleep.js';
import type { RawRetrier } from './kafkajs-internals.js';

/** How often, and who is told. */
export interface QuickRetrierOptions {
  readonly retries: number;
  readonly isClosed: () => boolean;
  readonly onFailure: (error: Error) => void;
}

const firstPauseMs = 100;
const longestPauseMs = 500;

/** Makes a retrier. */
export function createQuickRetrier(options: QuickRetrierOptions): RawRetrier {
  return async (operation) => {
    let pauseMs = firstPauseMs;
    for (let attempt = 0; ; attempt++) {
      const result = await tryOnce((bail) => operation(bail, attempt, pauseMs));
      if (result.ok) return result.value;
      options.onFailure(result.error);
      if (!result.again || attempt >= options.retries || options.isClosed()) throw result.error;
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    }
  };
}

type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error; readonly again: boolean };

async function tryOnce<T>(operation: (bail: (error: Error) => void) => Promise<T>): Promise<Attempt<T>> {
  let bailed: Error | undefined;
  try {
    const value = await operation((error) => {
      bailed = error;
    });
    // kafkajs bails as the last thing an attempt does: its result is then meaningless.
    return bailed === undefined ? { ok: true, value } : { ok: false, error: bailed, again: false };
  } catch (thrown) {
    const error = toError(thrown);
    return { ok: false, error, again: (error as { retriable?: boolean }).retriable !== false };
  }
}
