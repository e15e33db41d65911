/** The errors of streams that did not come to their end: what happened, and what is done about it. */
import { KafkaTransportError } from '@trpc-kafka/core';
import type { PendingCall } from '../calls/pending-call.js';

const lossReasons = new Map([
  [
    'lease',
    'its server had not heard from this client for longer than keepAlive.lostAfterMs. Was this process stopped, or cut off from the brokers',
  ],
  ['closing', 'its server instance was closed before it came to its end'],
  ['unwritten', 'the brokers did not take what it sent'],
]);

/** The server said that it ended the stream. */
export function serverLeft(call: PendingCall, reason: string): KafkaTransportError {
  const why = lossReasons.get(reason) ?? `it says "${reason}"`;
  return lost(call, `the ${call.type} ${call.path} was ended by its server: ${why}`);
}

/** Nothing was heard from the server. */
export function serverSilent(call: PendingCall, silentMs: number): KafkaTransportError {
  const { type, path, server } = call;
  const where = server === undefined ? '' : ` (it reads ${server.topic}[${server.partition}])`;
  return lost(
    call,
    `nothing was heard for ${Math.round(silentMs)} ms from the server instance that ran the ${type} ${path}${where}: it is taken for dead`,
  );
}

/** A message of a stream was lost on its way. */
export function lostStream(call: PendingCall, missing: number): KafkaTransportError {
  return lost(
    call,
    `the ${call.type} ${call.path} lost message ${missing} of its stream on the way: what came after it cannot be put in order`,
  );
}

/** A server of another make. */
export function unnumberedItem({ path }: PendingCall): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the server sent an item of the subscription ${path} without a number: is something else than trpc-kafka's adapter answering?`,
  });
}

/** No part of a streamed result came for too long. */
export function idleTimeout(call: PendingCall, idleTimeoutMs: number, chunks: number): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TIMEOUT',
    retryable: call.type === 'query',
    message: `the result of ${call.type} ${call.path} stopped coming: nothing for ${idleTimeoutMs} ms after ${chunks} chunks, while a part of it was awaited. Its server may be gone; raise idleTimeoutMs if a part takes longer`,
  });
}

/** The server said that a streamed result was complete, and it was not. */
export function incompleteResult(call: PendingCall): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the server ended the result of ${call.type} ${call.path} without a part that it had promised`,
  });
}

/** The server sent more items of a subscription than it was allowed to. */
export function unaskedItem(call: PendingCall): KafkaTransportError {
  return lost(
    call,
    `the server sent more items of the subscription ${call.path} than this client had granted: is something else than trpc-kafka's adapter answering?`,
  );
}

/** The server sent more of a streamed result than it was allowed to. */
export function unaskedChunk(call: PendingCall): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PARSE_ERROR',
    message: `the server sent more of the result of ${call.type} ${call.path} than this client had granted: is something else than trpc-kafka's adapter answering?`,
  });
}

function lost({ type }: PendingCall, what: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'STREAM_LOST',
    retryable: type !== 'mutation',
    message: `${what}. ${cures[type]}`,
  });
}

const cures: Readonly<Record<PendingCall['type'], string>> = {
  subscription:
    "Subscribe again, from the last event that was received; with onLost: 'restart' that is done for you",
  query: 'Make the call anew for the rest of its result',
  mutation: 'Its resolver may have come to its end or not: find out before you make the call anew',
};
