/** How many streams a client has open for those who call it: subscriptions, and results that come bit by bit. */
import type { KafkaTransportError } from '@trpc-kafka/core';
import { tooManyStreams } from '../calls/call-errors.js';
import type { PendingCall } from '../calls/pending-call.js';

/** Counts the streams of a client. */
export interface StreamLimit {
  /** Takes a place for one more; answers the error when there is none, and then nothing was taken. */
  enter(stream: Pick<PendingCall, 'type' | 'path'>): KafkaTransportError | undefined;
  /** Gives a place back. */
  leave(): void;
}

/**
 * Makes a count of none. A subscription takes one place from beginning to end: the stream that it is given in the place of
 * another, before that is over, is none of the caller's doing.
 */
export function createStreamLimit(maxStreams: number): StreamLimit {
  let open = 0;
  return {
    enter(stream) {
      if (open >= maxStreams) return tooManyStreams(stream, maxStreams);
      open++;
      return undefined;
    },
    leave() {
      open--;
    },
  };
}
