/** Reads one envelope. Whatever it is given, it answers with a message or with a reason; it never throws. */
import type { CallId, CallMessage, Credit, Message, ProcedureType } from './message.js';

/** A message, or why there is none; `id` where it could be read, so that a call can be answered. */
export type DecodedEnvelope =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly id: CallId | undefined;
      /** True when it has a `method`: a call gets an error where it can be answered, anything else is counted and ignored. */
      readonly call: boolean;
      /** True when nothing is wrong with it but that a later release wrote it. */
      readonly unknownKind: boolean;
    };

/** Longest time a call may ask for: one day. Anything above is a mistake, or hostile. */
export const maxTimeoutMs: number = 24 * 60 * 60 * 1000;

const maxPathLength = 1024;
const maxTextLength = 4096;
const maxIdLength = 128;

type Fields = Readonly<Record<string, unknown>>;

/** Reads what `JSON.parse` made of one envelope. */
export function decodeEnvelope(value: unknown): DecodedEnvelope {
  if (!isFields(value)) return refused('it is no object');
  const call = value['method'] !== undefined;
  const decoded = decodeFields(value);
  return decoded.ok || !call ? decoded : { ...decoded, call };
}

function decodeFields(value: Fields): DecodedEnvelope {
  const id = readId(value['id']);
  if (id === undefined) return refused('`id` is missing or no id');
  const facts = value['kafka'] === undefined ? {} : value['kafka'];
  if (!isFields(facts)) return refused('`kafka` is no object', id);
  if (value['method'] !== undefined) return decodeCall(id, value, facts);
  if (value['error'] !== undefined) return decodeError(id, value, facts);
  if (value['result'] !== undefined) return decodeResult(id, value, facts);
  return decodeOwn(id, facts);
}

function decodeCall(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const method = value['method'];
  if (!isProcedureType(method)) return refused('`method` is none of query, mutation, subscription', id, true);
  const params = value['params'];
  if (!isFields(params)) return refused('`params` is no object', id);
  const path = params['path'];
  if (typeof path !== 'string' || path.length > maxPathLength) return refused('`params.path` is no path', id);
  const lastEventId = params['lastEventId'];
  if (!isOptionalText(lastEventId)) return refused('`params.lastEventId` is no text', id);
  const kind = facts['kind'];
  if (kind !== undefined && kind !== 'one-way')
    return refused(`calls of kind ${quote(kind)} are not known here`, id, true);
  const callFacts = decodeCallFacts(facts);
  if (typeof callFacts === 'string') return refused(callFacts, id);
  return accepted({
    kind: 'call',
    id,
    method,
    path,
    input: params['input'],
    ...(typeof lastEventId === 'string' ? { lastEventId } : {}),
    ...(kind === 'one-way' ? { oneWay: true } : {}),
    ...callFacts,
    ...readJsonrpc(value),
  });
}

type CallFacts = Pick<
  CallMessage,
  'timeoutMs' | 'deadlineMs' | 'idempotencyKey' | 'credit' | 'connectionParams'
>;

/** The facts, or why they are refused. */
function decodeCallFacts(facts: Fields): CallFacts | string {
  const { timeoutMs, deadlineMs, idempotencyKey, credit, connectionParams } = facts as Record<
    keyof CallFacts,
    unknown
  >;
  if (timeoutMs !== undefined && !isCount(timeoutMs, maxTimeoutMs))
    return '`kafka.timeoutMs` is no duration of up to a day';
  if (deadlineMs !== undefined && !isCount(deadlineMs)) return '`kafka.deadlineMs` is no time';
  if (!isOptionalText(idempotencyKey)) return '`kafka.idempotencyKey` is no text';
  const window = credit === undefined ? undefined : readCredit(credit);
  if (credit !== undefined && window === undefined) return '`kafka.credit` is no credit';
  if (connectionParams !== undefined && !isTextFields(connectionParams))
    return '`kafka.connectionParams` holds more than texts';
  const result: { -readonly [K in keyof CallFacts]: CallFacts[K] } = {};
  if (timeoutMs !== undefined) result.timeoutMs = timeoutMs;
  if (deadlineMs !== undefined) result.deadlineMs = deadlineMs;
  if (idempotencyKey !== undefined) result.idempotencyKey = idempotencyKey;
  if (window !== undefined) result.credit = window;
  if (connectionParams !== undefined) result.connectionParams = connectionParams;
  return result;
}

function decodeError(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const seq = facts['seq'];
  if (seq !== undefined && !isCount(seq)) return refused('`kafka.seq` is no number of an item', id);
  return accepted({
    kind: 'error',
    id,
    error: value['error'],
    ...(seq === undefined ? {} : { seq }),
    ...readJsonrpc(value),
  });
}

function decodeResult(id: CallId, value: Fields, facts: Fields): DecodedEnvelope {
  const result = value['result'];
  if (!isFields(result)) return refused('`result` is no object', id);
  const seq = facts['seq'];
  if (seq !== undefined && !isCount(seq)) return refused('`kafka.seq` is no number of an item', id);
  const jsonrpc = readJsonrpc(value);
  switch (result['type']) {
    // An absent type means data, as in tRPC's HTTP envelopes.
    case undefined:
    case 'data': {
      const eventId = result['id'];
      if (!isOptionalText(eventId)) return refused('`result.id` is no text', id);
      const sentBytes = facts['sentBytes'];
      if (sentBytes !== undefined && !isCount(sentBytes))
        return refused('`kafka.sentBytes` is no number of bytes', id);
      return accepted({
        kind: 'data',
        id,
        data: result['data'],
        ...(eventId === undefined ? {} : { eventId }),
        ...(seq === undefined ? {} : { seq }),
        ...(sentBytes === undefined ? {} : { sentBytes }),
        ...jsonrpc,
      });
    }
    case 'started':
      return accepted({
        kind: 'started',
        id,
        seq: seq ?? 0,
        features: readFeatures(facts['features']),
        ...jsonrpc,
      });
    case 'stopped':
      if (seq === undefined) return refused('`stopped` has no `kafka.seq`', id);
      return accepted({ kind: 'stopped', id, seq, ...jsonrpc });
    default:
      return refused(`results of type ${quote(result['type'])} are not known here`, id, true);
  }
}

function decodeOwn(id: CallId, facts: Fields): DecodedEnvelope {
  switch (facts['kind']) {
    case 'cancel':
      return accepted({ kind: 'cancel', id });
    case 'credit': {
      const credit = readCredit(facts['credit']);
      return credit === undefined
        ? refused('`kafka.credit` is no credit', id)
        : accepted({ kind: 'credit', id, credit });
    }
    case 'expired': {
      const nowMs = facts['nowMs'];
      return isCount(nowMs)
        ? accepted({ kind: 'expired', id, nowMs })
        : refused('`kafka.nowMs` is no time', id);
    }
    case undefined:
      return refused('it has neither `method`, `result`, `error` nor `kafka.kind`', id);
    default:
      return refused(`messages of kind ${quote(facts['kind'])} are not known here`, id, true);
  }
}

function accepted(message: Message): DecodedEnvelope {
  return { ok: true, message };
}

function refused(reason: string, id?: CallId, unknownKind = false): DecodedEnvelope {
  return { ok: false, reason, id, call: false, unknownKind };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isProcedureType(value: unknown): value is ProcedureType {
  return value === 'query' || value === 'mutation' || value === 'subscription';
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= maxTextLength);
}

function isTextFields(value: unknown): value is Readonly<Record<string, string>> {
  return isFields(value) && Object.values(value).every((field) => typeof field === 'string');
}

function isCount(value: unknown, max: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function readId(value: unknown): CallId | undefined {
  if (isCount(value)) return value;
  return typeof value === 'string' && value.length > 0 && value.length <= maxIdLength ? value : undefined;
}

function readCredit(value: unknown): Credit | undefined {
  if (!isFields(value)) return undefined;
  const { items, bytes } = value as Record<keyof Credit, unknown>;
  return isCount(items) && isCount(bytes) ? { items, bytes } : undefined;
}

function readFeatures(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((feature) => typeof feature === 'string').slice(0, 64) : [];
}

function readJsonrpc(value: Fields): { jsonrpc?: '2.0' } {
  return value['jsonrpc'] === '2.0' ? { jsonrpc: '2.0' } : {};
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : `of type ${typeof value}`;
}
