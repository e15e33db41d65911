/** Reads one envelope. Whatever it is given, it answers with a message or with a reason; it never throws. */
import { decodeCall } from './decode-call.js';
import { decodeHello, decodeHelloReply } from './decode-hello.js';
import { accepted, type DecodedEnvelope, refused } from './decoded-envelope.js';
import {
  type Fields,
  isCount,
  isFields,
  isTexts,
  isTextUpTo,
  quote,
  readCredit,
  readFeatures,
  readId,
  readJsonrpc,
} from './fields.js';
import { maxEventIdLength, maxReasonLength, maxTimeMs } from './limits.js';
import type { CallId, DataMessage } from './message.js';

export type { DecodedEnvelope, RefusedEnvelope } from './decoded-envelope.js';
export { maxTimeoutMs } from './limits.js';

/** Reads what `JSON.parse` made of one envelope. */
export function decodeEnvelope(value: unknown): DecodedEnvelope {
  if (!isFields(value)) {
    return refused(Array.isArray(value) ? 'it is an array: bundles do not nest' : 'it is no object');
  }
  const call = value['method'] !== undefined;
  const id = readId(value['id']);
  if (id === undefined)
    return (
      decodeNotice(value) ??
      refused('`id` is neither a whole number nor a text of 1 to 128 characters', { call })
    );
  const facts = value['kafka'] === undefined ? {} : value['kafka'];
  if (!isFields(facts)) return refused('`kafka` is no object', { id, call });
  const isError = value['error'] !== undefined;
  const isResult = value['result'] !== undefined;
  if (Number(call) + Number(isError) + Number(isResult) > 1) {
    return refused('it has more than one of `method`, `result`, `error`', { id, call });
  }
  if (call) return decodeCall(id, value, facts);
  return isError || isResult ? decodeReply(id, value, facts) : decodeOwn(id, value, facts);
}

/** Messages for an instance rather than for one of its calls have no id. */
function decodeNotice(value: Fields): DecodedEnvelope | undefined {
  const facts = value['kafka'];
  if (!isFields(facts) || value['id'] !== undefined || value['method'] !== undefined) return undefined;
  if (value['result'] !== undefined || value['error'] !== undefined) return undefined;
  const { kind } = facts;
  return kind === 'lease' || kind === 'heartbeat' || kind === 'go-away' ? accepted({ kind }) : undefined;
}

/** What every reply may carry. */
type ReplyFacts = Pick<DataMessage, 'id' | 'seq' | 'jsonrpc'>;

function decodeReply(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const { kind, seq } = facts;
  // The first version gives replies no kind; a later one may, and then means something else by them.
  if (kind !== undefined) {
    return refused(`replies of kind ${quote(kind)} are not known here`, { id, unknownKind: true });
  }
  if (seq !== undefined && !isCount(seq)) return refused('`kafka.seq` is no whole number', { id });
  const reply: ReplyFacts = { id, ...(seq === undefined ? {} : { seq }), ...readJsonrpc(value) };
  const { error, result } = value;
  if (error !== undefined) return accepted({ kind: 'error', ...reply, error });
  if (!isFields(result)) return refused('`result` is no object', { id });
  switch (result['type']) {
    // An absent type means data, as in tRPC's HTTP envelopes.
    case undefined:
    case 'data':
      return decodeData(reply, result, facts);
    case 'started':
      return accepted({
        kind: 'started',
        ...reply,
        seq: seq ?? 0,
        features: readFeatures(facts['features']),
      });
    case 'stopped':
      if (seq === undefined) return refused('`stopped` has no `kafka.seq`', { id });
      return accepted({ kind: 'stopped', ...reply, seq });
    default:
      return refused(`results of type ${quote(result['type'])} are not known here`, {
        id,
        unknownKind: true,
      });
  }
}

function decodeData(reply: ReplyFacts, result: Fields, facts: Fields): DecodedEnvelope {
  const { id, seq } = reply;
  const { data, id: eventId } = result;
  if (eventId !== undefined && !isTextUpTo(maxEventIdLength, eventId)) {
    return refused(`\`result.id\` is no text of up to ${maxEventIdLength} characters`, { id });
  }
  const { sentBytes } = facts;
  if (sentBytes !== undefined && !isCount(sentBytes)) {
    return refused('`kafka.sentBytes` is no whole number', { id });
  }
  return accepted({
    kind: 'data',
    ...reply,
    data,
    ...(eventId === undefined ? {} : { eventId }),
    ...(seq === undefined || sentBytes === undefined ? {} : { sentBytes }),
  });
}

function decodeChunk(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const { seq, sentBytes, lines } = facts;
  if (!isCount(seq)) return refused('`kafka.seq` is no whole number', { id });
  if (sentBytes !== undefined && !isCount(sentBytes)) {
    return refused('`kafka.sentBytes` is no whole number', { id });
  }
  if (!isTexts(lines)) return refused('`kafka.lines` is no array of one or more texts', { id });
  return accepted({
    kind: 'chunk',
    id,
    lines,
    seq,
    ...(sentBytes === undefined ? {} : { sentBytes }),
    ...readJsonrpc(value),
  });
}

function decodeOwn(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const { kind, nowMs, seq, reason } = facts;
  switch (kind) {
    case 'cancel':
    case 'maybe-executed':
      return accepted({ kind, id });
    case 'credit': {
      const credit = readCredit(facts['credit']);
      if (credit === undefined)
        return refused('`kafka.credit` is no { items, bytes } of whole numbers', { id });
      return accepted({ kind, id, credit });
    }
    case 'chunk':
      return decodeChunk(id, value, facts);
    case 'hello':
      return decodeHello(id, facts);
    case 'hello-reply':
      return decodeHelloReply(id, facts);
    case 'lost':
      if (!isCount(seq)) return refused('`lost` has no `kafka.seq`', { id });
      if (!isTextUpTo(maxReasonLength, reason))
        return refused(`\`kafka.reason\` is no text of up to ${maxReasonLength} characters`, { id });
      return accepted({ kind, id, seq, reason });
    case 'expired':
      if (!isCount(nowMs, maxTimeMs))
        return refused('`kafka.nowMs` is no time in whole ms since 1970', { id });
      return accepted({ kind, id, nowMs });
    case undefined:
      return refused('it has neither `method`, `result`, `error` nor `kafka.kind`', { id });
    default:
      return refused(`messages of kind ${quote(kind)} are not known here`, { id, unknownKind: true });
  }
}
