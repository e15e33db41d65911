/** Messages, headers and JSON as fast-check makes them up, within what PROTOCOL.md allows. */
import fc, { type Arbitrary } from 'fast-check';
import type { CallId, Message } from '../../src/protocol/message.js';
import type { RecordFacts } from '../../src/protocol/record-facts.js';

/** Any UTF-16 code unit, lone surrogates included. */
const codeUnit: Arbitrary<string> = fc
  .integer({ min: 0, max: 0xffff })
  .map((code) => String.fromCharCode(code));

/** Texts of every kind: plain, with emoji, with lone surrogates and NUL. */
export const text: Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: codeUnit }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '\u2028', '\ufeff'),
);

const key: Arbitrary<string> = fc.oneof({ weight: 9, arbitrary: text }, fc.constant('__proto__'));

/** What JSON can carry, as `JSON.parse` makes it: `__proto__` is an own key, minus zero is none. */
export const json: Arbitrary<unknown> = fc
  .letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie('value')),
      fc.array(fc.tuple(key, tie('value'))).map((entries) => Object.fromEntries(entries)),
    ),
  }))
  .value.map((value) => JSON.parse(JSON.stringify(value)));

/** An input or output: JSON, or nothing. */
export const payload: Arbitrary<unknown> = fc.option(json, { nil: undefined, freq: 10 });

export const count: Arbitrary<number> = fc.oneof(
  fc.nat(1000),
  fc.maxSafeNat(),
  fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
);

export const callId: Arbitrary<CallId> = fc.oneof(
  count,
  text.filter((id) => id.length > 0 && id.length <= 128),
);

const timeMs = fc.oneof(
  fc.nat(),
  fc.maxSafeNat().map((time) => time % 1_000_000_000_000_000),
);

/** Objects as literals are, with `Object.prototype`. */
const whole = { noNullPrototype: true } as const;

/** The same, with keys that may be absent. */
function requiring<T extends string>(...requiredKeys: T[]): { requiredKeys: T[]; noNullPrototype: true } {
  return { requiredKeys, noNullPrototype: true };
}

const credit = fc.record({ items: count, bytes: count }, whole);
const jsonrpc = fc.constant('2.0' as const);

const callFields = {
  kind: fc.constant('call' as const),
  id: callId,
  method: fc.constantFrom('query' as const, 'mutation' as const, 'subscription' as const),
  path: text,
  input: payload,
  lastEventId: text,
  timeoutMs: fc.nat(24 * 60 * 60 * 1000),
  deadlineMs: timeMs,
  idempotencyKey: text,
  credit,
  chunks: fc.boolean(),
  leaseMs: fc.nat(60 * 60 * 1000),
  connectionParams: fc.array(fc.tuple(key, text)).map((entries) => Object.fromEntries(entries)),
  jsonrpc,
};
const yes = fc.constant(true as const);

const call = fc.record({ ...callFields, oneWay: yes }, requiring('kind', 'id', 'method', 'path', 'input'));

/** It has an end. */
const gatherCall = fc.record(
  { ...callFields, gather: yes },
  requiring('kind', 'id', 'method', 'path', 'input', 'timeoutMs', 'gather'),
);

const cancel = fc.record({ kind: fc.constant('cancel' as const), id: callId }, whole);
const moreCredit = fc.record({ kind: fc.constant('credit' as const), id: callId, credit }, whole);

const result = fc.record(
  { kind: fc.constant('data' as const), id: callId, data: payload, eventId: text, jsonrpc },
  requiring('kind', 'id', 'data'),
);

const item = fc.record(
  {
    kind: fc.constant('data' as const),
    id: callId,
    data: payload,
    eventId: text,
    seq: count,
    sentBytes: count,
    jsonrpc,
  },
  requiring('kind', 'id', 'data', 'seq'),
);

const chunk = fc.record(
  {
    kind: fc.constant('chunk' as const),
    id: callId,
    lines: fc.array(text, { minLength: 1 }),
    seq: count,
    sentBytes: count,
    jsonrpc,
  },
  requiring('kind', 'id', 'lines', 'seq'),
);

const error = fc.record(
  { kind: fc.constant('error' as const), id: callId, error: json, seq: count, jsonrpc },
  requiring('kind', 'id', 'error'),
);

const started = fc.record(
  {
    kind: fc.constant('started' as const),
    id: callId,
    seq: count,
    features: fc.array(text, { maxLength: 64 }),
    jsonrpc,
  },
  requiring('kind', 'id', 'seq', 'features'),
);

const stopped = fc.record(
  { kind: fc.constant('stopped' as const), id: callId, seq: count, jsonrpc },
  requiring('kind', 'id', 'seq'),
);

const expired = fc.record({ kind: fc.constant('expired' as const), id: callId, nowMs: timeMs }, whole);

const maybeExecuted = fc.record({ kind: fc.constant('maybe-executed' as const), id: callId }, whole);

const lost = fc.record(
  {
    kind: fc.constant('lost' as const),
    id: callId,
    seq: count,
    reason: text.filter((reason) => reason.length <= 64),
  },
  whole,
);

const notice = fc.record({ kind: fc.constantFrom('lease', 'heartbeat', 'go-away') }, whole);

const name = text.filter((each) => each.length <= 256);

const hello = fc.record(
  {
    kind: fc.constant('hello' as const),
    id: callId,
    timeoutMs: fc.nat(24 * 60 * 60 * 1000),
    deadlineMs: timeMs,
    wants: fc.array(text, { maxLength: 64 }),
  },
  requiring('kind', 'id', 'timeoutMs', 'wants'),
);

const procedureFields = {
  path: text,
  type: fc.constantFrom('query' as const, 'mutation' as const, 'subscription' as const),
};

const helloReply = fc.record(
  {
    kind: fc.constant('hello-reply' as const),
    id: callId,
    service: name,
    software: name,
    features: fc.array(text, { maxLength: 64 }),
    state: name,
    startedAtMs: timeMs,
    nowMs: timeMs,
    calls: count,
    waiting: count,
    streams: count,
    assigned: fc.array(fc.record({ topic: name, partitions: fc.array(count) }, whole)),
    procedures: fc.array(fc.record({ ...procedureFields, gather: yes }, requiring('path', 'type'))),
  },
  requiring(
    'kind',
    'id',
    'service',
    'software',
    'features',
    'state',
    'startedAtMs',
    'nowMs',
    'calls',
    'waiting',
    'streams',
    'assigned',
  ),
);

/** Every message there is. */
export const message: Arbitrary<Message> = fc.oneof(
  call,
  gatherCall,
  hello,
  helloReply,
  cancel,
  moreCredit,
  result,
  item,
  chunk,
  error,
  started,
  stopped,
  expired,
  maybeExecuted,
  lost,
  notice,
);

const base64url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');

export const inboxId: Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...base64url),
  minLength: 22,
  maxLength: 22,
});

export const place: Arbitrary<{ topic: string; partition: number }> = fc.record(
  {
    topic: fc
      .string({ unit: fc.constantFrom(...base64url, '.'), minLength: 1, maxLength: 249 })
      .filter((topic) => topic !== '.' && topic !== '..'),
    partition: fc.oneof(fc.nat(100), fc.nat(999_999_999)),
  },
  whole,
);

/** The facts of a record of this version, as its reader sees them. */
export const recordFacts: Arbitrary<RecordFacts> = fc
  .record(
    {
      from: inboxId,
      place: fc.option(place),
      id: fc.option(fc.oneof(count.map(String), fc.uuid(), fc.constant('a:b~c.d_e-f'))),
      deadlineMs: fc.option(timeMs),
    },
    whole,
  )
  .map(({ from, place: at, id, deadlineMs }) => ({
    version: 1,
    codec: 'json',
    from,
    ...(at === null ? {} : { replyTo: { ...at, inboxId: from } }),
    ...(id === null ? {} : { id, ...(deadlineMs === null ? {} : { deadlineMs }) }),
  }));
