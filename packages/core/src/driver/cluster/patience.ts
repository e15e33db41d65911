/** Repeats what fails in passing: a leader election, a coordinator that loads, a broker that restarts. */
import { type ErrorContext, toTransportError } from './client-errors.js';
import { sleep } from './sleep.js';

const patienceMs = 10_000;
const pauseMs = 100;

/**
 * Tries again until it succeeds, fails for good, or has failed for ten seconds.
 * A cluster that could not be connected to is not tried again: connecting is patient by itself.
 */
export async function patiently<T>(context: ErrorContext, attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const failure = toTransportError(error, context);
      const waited = failure.code === 'BROKERS_UNREACHABLE' && error === failure;
      if (!failure.retryable || waited || Date.now() >= until) throw failure;
    }
    await sleep(pauseMs);
  }
}
