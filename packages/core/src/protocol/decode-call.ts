/** Reads the envelope of a call. */
import { accepted, type DecodedEnvelope, refused } from './decoded-envelope.js';
import {
  type Fields,
  isCount,
  isFields,
  isProcedureType,
  isTextFields,
  isTextUpTo,
  quote,
  readCredit,
  readJsonrpc,
} from './fields.js';
import {
  maxEventIdLength,
  maxIdempotencyKeyLength,
  maxLeaseMs,
  maxOneWayTimeoutMs,
  maxPathLength,
  maxTimeMs,
  maxTimeoutMs,
} from './limits.js';
import type { CallId, CallMessage, Credit } from './message.js';

/** Reads an envelope that has a `method`. */
export function decodeCall(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const method = value['method'];
  if (!isProcedureType(method)) {
    return unknownCall(id, `\`method\` ${quote(method)} is none of query, mutation, subscription`);
  }
  const kind = facts['kind'];
  if (kind !== undefined && kind !== 'one-way' && kind !== 'gather') {
    return unknownCall(id, `calls of kind ${quote(kind)} are not known here`);
  }
  const oneWay = kind === 'one-way';
  const gather = kind === 'gather';
  const params = readParams(value['params']);
  if (typeof params === 'string') return refused(params, { id, call: true });
  const callFacts = readCallFacts(facts, oneWay);
  if (typeof callFacts === 'string') return refused(callFacts, { id, call: true });
  // Every instance reads it, also those that start later: without an end it would be answered for as long as it is kept.
  if (gather && callFacts.timeoutMs === undefined) {
    return refused('a gather call has no `kafka.timeoutMs`', { id, call: true });
  }
  return accepted({
    kind: 'call',
    id,
    method,
    ...params,
    ...(oneWay ? { oneWay } : {}),
    ...(gather ? { gather } : {}),
    ...callFacts,
    ...readJsonrpc(value),
  });
}

function unknownCall(id: CallId, reason: string): DecodedEnvelope {
  return refused(reason, { id, call: true, unknownKind: true });
}

/** The parameters, or why they are refused. */
function readParams(params: unknown): Pick<CallMessage, 'path' | 'input' | 'lastEventId'> | string {
  if (!isFields(params)) return '`params` is no object';
  const { path, input, lastEventId } = params;
  if (!isTextUpTo(maxPathLength, path))
    return `\`params.path\` is no text of up to ${maxPathLength} characters`;
  if (lastEventId === undefined) return { path, input };
  if (!isTextUpTo(maxEventIdLength, lastEventId)) {
    return `\`params.lastEventId\` is no text of up to ${maxEventIdLength} characters`;
  }
  return { path, input, lastEventId };
}

type CallFacts = Pick<
  CallMessage,
  'timeoutMs' | 'deadlineMs' | 'idempotencyKey' | 'credit' | 'chunks' | 'leaseMs' | 'connectionParams'
>;

/** The facts, or why they are refused. */
function readCallFacts(facts: Fields, oneWay: boolean): CallFacts | string {
  const { timeoutMs, deadlineMs, idempotencyKey, connectionParams } = facts;
  const maxMs = oneWay ? maxOneWayTimeoutMs : maxTimeoutMs;
  const stream = readStreamFacts(facts);
  if (typeof stream === 'string') return stream;
  const result: { -readonly [K in keyof CallFacts]: CallFacts[K] } = stream;
  if (timeoutMs !== undefined) {
    if (!isCount(timeoutMs, maxMs)) return `\`kafka.timeoutMs\` is no whole number from 0 to ${maxMs}`;
    result.timeoutMs = timeoutMs;
  }
  if (deadlineMs !== undefined) {
    if (!isCount(deadlineMs, maxTimeMs)) return '`kafka.deadlineMs` is no time in whole ms since 1970';
    result.deadlineMs = deadlineMs;
  }
  if (idempotencyKey !== undefined) {
    if (!isTextUpTo(maxIdempotencyKeyLength, idempotencyKey)) {
      return `\`kafka.idempotencyKey\` is no text of up to ${maxIdempotencyKeyLength} characters`;
    }
    result.idempotencyKey = idempotencyKey;
  }
  if (connectionParams !== undefined) {
    if (!isTextFields(connectionParams)) return '`kafka.connectionParams` is no object of texts';
    result.connectionParams = connectionParams;
  }
  return result;
}

type StreamFacts = Pick<CallMessage, 'credit' | 'chunks' | 'leaseMs'>;

/** What a call says of the stream that may come of it, or why that is refused. */
function readStreamFacts(facts: Fields): StreamFacts | string {
  const { chunks, leaseMs } = facts;
  const result: { -readonly [K in keyof StreamFacts]: StreamFacts[K] } = {};
  if (facts['credit'] !== undefined) {
    const credit: Credit | undefined = readCredit(facts['credit']);
    if (credit === undefined) return '`kafka.credit` is no { items, bytes } of whole numbers';
    result.credit = credit;
  }
  if (chunks !== undefined) {
    if (typeof chunks !== 'boolean') return '`kafka.chunks` is neither true nor false';
    result.chunks = chunks;
  }
  if (leaseMs !== undefined) {
    if (!isCount(leaseMs, maxLeaseMs)) return `\`kafka.leaseMs\` is no whole number from 0 to ${maxLeaseMs}`;
    result.leaseMs = leaseMs;
  }
  return result;
}
