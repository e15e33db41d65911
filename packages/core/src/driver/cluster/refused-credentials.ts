/**
 * Remembers that brokers refused the credentials: a password that was wrong is not said again ten times a second, for
 * which brokers lock accounts and fill their logs.
 * Owns: for how long nobody is asked. Must not know: how one authenticates.
 */
import { isAuthenticationFailure } from './client-errors.js';

/** What is known of the credentials of one client. */
export interface RefusedCredentials {
  /** The refusal, while it is too early to try again. */
  refusal(): Error | undefined;
  /** Takes what came of an attempt that failed. */
  failed(error: Error): void;
  /** The credentials were accepted. */
  accepted(): void;
}

const firstPauseMs = 1000;
/** Also how long it takes at most until credentials that were put right are noticed. */
const longestPauseMs = 15_000;

/** Makes an empty memory. */
export function createRefusedCredentials(now: () => number = Date.now): RefusedCredentials {
  let refused: Error | undefined;
  let untilMs = 0;
  let pauseMs = firstPauseMs;
  return {
    refusal: () => (now() < untilMs ? refused : undefined),
    failed(error) {
      // Attempts that were under way when the first one failed say nothing new.
      if (now() < untilMs || !isAuthenticationFailure(error)) return;
      refused = error;
      untilMs = now() + pauseMs;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    },
    accepted() {
      refused = undefined;
      untilMs = 0;
      pauseMs = firstPauseMs;
    },
  };
}
