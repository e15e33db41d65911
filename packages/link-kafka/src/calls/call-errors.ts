/** The errors a caller gets when there is no outcome: what happened, where, what was known, what to do. */
import { isKafkaTransportError, KafkaTransportError } from '@trpc-kafka/core';
import type { ExpiredMessage, InboxAddress } from '@trpc-kafka/core/internal';
import type { PendingCall } from './pending-call.js';

/** What the client knew when a call ran out of time. */
export interface TimeoutFacts {
  readonly requestTopic: string;
  readonly groupId: string;
  /** `undefined` while the inbox is not open. */
  readonly inbox: InboxAddress | undefined;
  /** Why connecting failed last, if it did; of a connection that was lost, why. */
  readonly connectError: Error | undefined;
  /** When a server of this service last answered this client. */
  readonly serverSeenMs: number | undefined;
  readonly nowMs: number;
}

/** No outcome arrived in time. */
export function timeoutError(call: PendingCall, facts: TimeoutFacts): KafkaTransportError {
  const what = `no reply to ${call.type} ${call.path} within ${call.timeoutMs} ms${describeDeadline(call)}`;
  if (facts.inbox === undefined) return neverConnected(what, facts.connectError);
  return new KafkaTransportError({
    code: 'TIMEOUT',
    retryable: call.type === 'query',
    message: `${what} (${describeSent(call, facts)}; replies are read from ${facts.inbox.topic}[${facts.inbox.partition}]). ${describeServers(call, facts)}`,
  });
}

/** What the error of an expired call tells of it. */
export type ExpiredCall = Pick<PendingCall, 'type' | 'path' | 'timeoutMs' | 'deadlineMs'>;

/** A server refused to begin a call whose deadline had passed. */
export function expiredError(call: ExpiredCall, message: ExpiredMessage): KafkaTransportError {
  const late = Math.round(message.nowMs - call.deadlineMs);
  return new KafkaTransportError({
    code: 'TIMEOUT',
    retryable: true,
    message: `${call.type} ${call.path} reached a server after its deadline and was not run: by the server's clock ${late} ms late. If that is not so, compare the clocks of both machines; if servers are behind, add instances or raise timeoutMs (now ${call.timeoutMs} ms).`,
  });
}

/** What is known of a service that no server answered for. */
export interface AbsenceFacts {
  readonly service: string;
  readonly groupId: string;
  readonly controlTopic: string;
  readonly answerMs: number;
  /** When a server of this service last answered this client. */
  readonly serverSeenMs: number | undefined;
  readonly nowMs: number;
}

/** Nobody is there who could run the call. */
export function noServerError(
  { type, path }: Pick<PendingCall, 'type' | 'path'>,
  facts: AbsenceFacts,
): KafkaTransportError {
  const { service, groupId, controlTopic, answerMs, serverSeenMs, nowMs } = facts;
  const seen =
    serverSeenMs === undefined
      ? 'None has answered this client yet'
      : `One last answered this client ${nowMs - serverSeenMs} ms ago`;
  return new KafkaTransportError({
    code: 'NO_SERVER',
    retryable: true,
    message: `${type} ${path} was not sent: no server of service ${service} answered a hello over ${controlTopic} within ${answerMs} ms. ${seen}. Is a handler started, in group "${groupId}"? One with discovery: false does not answer: use noServer: 'wait' with it, by which calls wait for a server until timeoutMs`,
  });
}

/** The server that had the call died, and nobody knows how far it came. */
export function maybeExecutedError(call: PendingCall): KafkaTransportError {
  return new KafkaTransportError({
    code: 'MAYBE_EXECUTED',
    message: `${call.type} ${call.path} was sent to a server that died before it answered: it may have been executed, and was not executed again. Find out before you make the call anew. Calls may be executed again when they have an idempotencyKey, or when the service says so of their procedure (meta.kafka.delivery: 'at-least-once')`,
  });
}

/** More calls wait than the client allows. */
export function tooManyPending(maxPendingCalls: number): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOO_MANY_REQUESTS',
    retryable: true,
    message: `${maxPendingCalls} calls already wait for their outcome. Make fewer calls at a time, or raise maxPendingCalls`,
  });
}

/** The client has as many streams open as it allows. */
export function tooManyStreams(
  { type, path }: Pick<PendingCall, 'type' | 'path'>,
  maxStreams: number,
): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOO_MANY_REQUESTS',
    retryable: type !== 'mutation',
    message: `${describeRefusal[type](path)}: this client has ${maxStreams} streams open, which is its maxStreams. End some first, or raise maxStreams`,
  });
}

const describeRefusal: Readonly<Record<PendingCall['type'], (path: string) => string>> = {
  subscription: (path) => `the subscription ${path} was not opened`,
  query: (path) => `the result of query ${path} comes as a stream and was left`,
  mutation: (path) =>
    `the result of mutation ${path} comes as a stream and was left, after its resolver had run`,
};

/** A record is larger than allowed. */
export function payloadTooLarge(what: string, bytes: number, maxBytes: number): KafkaTransportError {
  return new KafkaTransportError({
    code: 'PAYLOAD_TOO_LARGE',
    message: `${what} has ${bytes} bytes, at most ${maxBytes} may be sent (maxMessageBytes). Send a reference to the data instead, or raise maxMessageBytes together with max.message.bytes of the topics`,
  });
}

/** The client is closed. */
export function clientClosed(what: string): KafkaTransportError {
  return new KafkaTransportError({ code: 'CLIENT_CLOSED', message: `${what}: the client was closed` });
}

/** Kafka could not be reached before the caller's time was up. */
export function notConnectedInTime(
  what: string,
  timeoutMs: number,
  connectError: Error | undefined,
): KafkaTransportError {
  return neverConnected(`${what} was given up after ${timeoutMs} ms`, connectError);
}

function neverConnected(what: string, connectError: Error | undefined): KafkaTransportError {
  const code = connectError instanceof KafkaTransportError ? connectError.code : 'TIMEOUT';
  const why =
    connectError === undefined
      ? 'The client is still connecting to Kafka.'
      : `The client could not connect: ${reasonOf(connectError)}`;
  return new KafkaTransportError({
    code,
    retryable: true,
    message: `${what}, it was never sent. ${why}`,
    cause: connectError,
  });
}

function reasonOf(error: Error): string {
  return isKafkaTransportError(error) ? error.reason : error.message;
}

/** Who is told of a time that he never set looks for it in vain. */
function describeDeadline({ deadlineOf }: PendingCall): string {
  return deadlineOf === undefined
    ? ''
    : `, which was left of the deadline of ${deadlineOf}, in whose resolver it was made`;
}

function describeSent(call: PendingCall, facts: TimeoutFacts): string {
  const { sentTo } = call;
  if (sentTo !== undefined) return `sent to ${sentTo.topic}[${sentTo.partition}] offset ${sentTo.offset}`;
  return call.mayBeKnown
    ? `written to ${facts.requestTopic}, the brokers have not confirmed it`
    : `still waiting to be written to ${facts.requestTopic}`;
}

function describeServers(call: PendingCall, facts: TimeoutFacts): string {
  const { connectError } = facts;
  const trouble = connectError === undefined ? undefined : reasonOf(connectError);
  if (call.sentTo === undefined) {
    return `Look at the brokers, they do not take records${trouble === undefined ? '.' : `: ${trouble}`}`;
  }
  if (trouble !== undefined) return `Replies cannot be read right now: ${trouble}`;
  if (facts.serverSeenMs === undefined) {
    return `No server of this service has answered this client yet. Is a handler started, in group "${facts.groupId}", on that topic?`;
  }
  const agoMs = facts.nowMs - facts.serverSeenMs;
  return `A server last answered this client ${agoMs} ms ago: this call may be slow, or its server gone. Raise timeoutMs if the procedure takes longer.`;
}
