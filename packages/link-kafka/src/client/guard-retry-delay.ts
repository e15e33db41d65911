/** A back-off given by the user must not end the attempts, whatever it does. */
import { callUser } from '@trpc-kafka/core/internal';
import { defaultRetryDelayMs } from '../options.js';

/** Answers with the default where the user's function throws; the error is told as uncaught. */
export function guardRetryDelay(
  given: ((attemptIndex: number) => number) | undefined,
): (attemptIndex: number) => number {
  if (given === undefined) return defaultRetryDelayMs;
  return (attemptIndex) => {
    let delayMs = defaultRetryDelayMs(attemptIndex);
    callUser(() => {
      delayMs = given(attemptIndex);
    });
    return delayMs;
  };
}
