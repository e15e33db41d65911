/**
 * How long a group waits before it joins again after a failure.
 * Owns: how the pause grows, and when it is short again. Must not know: what a group does.
 */
import type { KafkaTransportError } from '../../errors/transport-error.js';

/** The pauses of one group. */
export interface RestartPause {
  /** The member has joined and knows its positions. */
  joined(): void;
  /** The pause after this failure. */
  nextMs(failure: KafkaTransportError): number;
}

const firstMs = 100;
const longestMs = 2000;
/** For what does not pass by itself, as a right that was taken away: each attempt makes all members of the group join again. */
const longestHopelessMs = 15_000;
/** What others put right, and what costs the group nothing: without a topic or credentials no member joins. */
const passingCodes: ReadonlySet<string> = new Set(['TOPIC_MISSING', 'AUTHENTICATION_FAILED']);
/** A membership that lasted so long was a sound one. Joining alone proves nothing: a member without the right to read can do that. */
const soundMs = 10_000;

/** Makes the pauses of a group that has not joined yet. */
export function createRestartPause(now: () => number = Date.now): RestartPause {
  let pauseMs = firstMs;
  let joinedMs: number | undefined;
  return {
    joined() {
      joinedMs ??= now();
    },
    nextMs(failure) {
      if (joinedMs !== undefined && now() - joinedMs >= soundMs) pauseMs = firstMs;
      joinedMs = undefined;
      const passing = failure.retryable || passingCodes.has(failure.code);
      const nextMs = Math.min(pauseMs, passing ? longestMs : longestHopelessMs);
      pauseMs = nextMs * 2;
      return nextMs;
    },
  };
}
