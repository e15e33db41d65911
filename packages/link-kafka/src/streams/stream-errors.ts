/** The errors of streams that did not come to their end: what happened, and what is done about it. */
import { KafkaTransportError } from '@trpc-kafka/core';
import type { PendingCall } from '../calls/pending-call.js';

/** The server said that it ended the stream. */
export function serverLeft({ path }: PendingCall, reason: string): KafkaTransportError {
  const why =
    reason === 'lease'
      ? 'its server had not heard from this client for longer than keepAlive.lostAfterMs. Was this process stopped, or cut off from the brokers'
      : 'its server instance was closed before it came to its end';
  return lost(`the subscription ${path} was ended by its server: ${why}`);
}

/** Nothing was heard from the server. */
export function serverSilent({ path, server }: PendingCall, silentMs: number): KafkaTransportError {
  const where = server === undefined ? '' : ` (it reads ${server.topic}[${server.partition}])`;
  return lost(
    `nothing was heard for ${Math.round(silentMs)} ms from the server instance that ran the subscription ${path}${where}: it is taken for dead`,
  );
}

/** A server of another make. */
export function unnumberedItem({ path }: PendingCall): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the server sent an item of the subscription ${path} without a number: is something else than trpc-kafka's adapter answering?`,
  });
}

function lost(what: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'STREAM_LOST',
    retryable: true,
    message: `${what}. Subscribe again, from the last event that was received; with onLost: 'restart' that is done for you`,
  });
}
