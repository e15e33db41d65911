/** A back-off given by the user must not end the attempts, whatever it does. */
import { callUser } from '@trpc-kafka/core/internal';
import { defaultRetryDelayMs } from '../options.js';

/** `setTimeout` counts in 32 bits, and takes what is more for nothing. */
const maxDelayMs = 2_147_483_647;

/** Answers with the default where the user's function throws, or answers no number; the error is told as uncaught. */
export function guardRetryDelay(
  given: ((attemptIndex: number) => number) | undefined,
): (attemptIndex: number) => number {
  if (given === undefined) return defaultRetryDelayMs;
  return (attemptIndex) => {
    let delayMs = Number.NaN;
    callUser(() => {
      delayMs = given(attemptIndex);
    });
    if (Number.isNaN(delayMs)) return defaultRetryDelayMs(attemptIndex);
    return Math.min(Math.max(0, delayMs), maxDelayMs);
  };
}
