/** Records that are refused as they are read, as data. */
import type { KafkaHandler } from '@trpc-kafka/adapter';
import { expect } from 'vitest';
import type { RawRecord, Stranger } from './stranger.ts';

export interface HostileRecord {
  readonly name: string;
  readonly write: (stranger: Stranger) => Omit<RawRecord, 'topic'>;
  /** What the error says, wherever it is told. */
  readonly says: RegExp;
  /** @default 'refused' */
  readonly counted?: keyof ReturnType<KafkaHandler['counters']>;
  /** How many envelopes are refused. @default 1 */
  readonly times?: number;
  /** What the caller is answered. @default nothing: nobody is known to wait */
  readonly answers?: readonly object[];
}

const goodCall = { id: 'x', method: 'query', params: { path: 'echo', input: 1 } };
const good = JSON.stringify(goodCall);

/** The answer to a call that was refused. */
function refusal(id: number | string = 'x'): object {
  const error = expect.objectContaining({
    code: -32700,
    data: expect.objectContaining({ code: 'PARSE_ERROR' }),
  });
  return { kind: 'error', id, error };
}

/** A value that is wrong, in a record that says who waits for it. */
function value(name: string, bytes: RawRecord['value'], says: RegExp): HostileRecord {
  return {
    name,
    write: ({ header }) => ({ value: bytes, headers: { 'trpc-kafka': `${header};id=x` } }),
    says,
    answers: [refusal()],
  };
}

/** An envelope that is wrong, in a record whose header does not name the call. */
function envelope(
  name: string,
  fields: object,
  { says, ...rest }: Pick<HostileRecord, 'says' | 'counted' | 'answers'>,
): HostileRecord {
  return {
    name: `envelope: ${name}`,
    write: ({ header }) => ({
      value: JSON.stringify({ ...goodCall, ...fields }),
      headers: { 'trpc-kafka': header },
    }),
    says,
    answers: [refusal()],
    ...rest,
  };
}

/** A header of ours that is wrong, with a call that is right. */
function header(
  name: string,
  make: (good: string) => string | Buffer | (string | Buffer)[],
  { says, ...rest }: Pick<HostileRecord, 'says' | 'answers'>,
): HostileRecord {
  return {
    name: `header: ${name}`,
    write: (stranger) => ({ value: good, headers: { 'trpc-kafka': make(stranger.header) } }),
    says,
    ...rest,
  };
}

const thousandHeaders = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`h${i}`, `value ${i}`]));

const values: readonly HostileRecord[] = [
  value('value: truncated JSON', good.slice(0, -9), /no UTF-8 JSON/),
  value('value: none', null, /it has no value/),
  value('value: empty', Buffer.alloc(0), /no UTF-8 JSON/),
  value('value: not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), /no UTF-8 JSON/),
  value(
    'value: NaN as a deadline',
    good.replace('"params"', '"kafka":{"deadlineMs":NaN},"params"'),
    /no UTF-8 JSON/,
  ),
  value('value: a text', '"hello"', /is no object/),
  value('value: null', 'null', /is no object/),
  value('bundle: empty', '[]', /its bundle is empty/),
  value(
    'bundle: 10,000 envelopes',
    `[${Array(10_000).fill(good).join(',')}]`,
    /10000 envelopes, at most 1024/,
  ),
  value('bundle: two envelopes, a header for one', `[${good},${good}]`, /its value has 2 envelopes/),
  value(
    'envelope: an id unlike the header',
    good.replace('"x"', '"y"'),
    /names the call x, its envelope "y"/,
  ),
  {
    name: 'bundle: nested in bundles, beside a good call',
    write: (stranger) => ({
      value: `[[${good}],${good},[[[${good}]]]]`,
      headers: { 'trpc-kafka': stranger.header },
    }),
    says: /bundles do not nest/,
    times: 2,
    answers: [{ kind: 'data', id: 'x', data: 1 }],
  },
];

const headers: readonly HostileRecord[] = [
  { name: 'not ours: no header', write: () => ({ value: good }), says: /no header trpc-kafka/ },
  {
    name: 'not ours: rubbish with 1,000 headers',
    write: () => ({ value: Buffer.from([0, 1, 2, 255]), headers: thousandHeaders }),
    says: /no header trpc-kafka/,
  },
  { name: 'not ours: nothing at all', write: () => ({ value: null }), says: /no header trpc-kafka/ },
  header('empty', () => '', { says: /does not begin with a version/ }),
  header('twice', (text) => [text, text], { says: /more than one header trpc-kafka/ }),
  header('1,000 times', (text) => Array<string>(1000).fill(text), {
    says: /more than one header trpc-kafka/,
  }),
  header('not UTF-8', (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xff])]), {
    says: /is not UTF-8/,
  }),
  header('5,000 bytes long', (text) => `${text};x=${'y'.repeat(5000)}`, { says: /has 5\d{3} bytes/ }),
  header('a negative deadline', (text) => `${text};deadline=-1`, { says: /`deadline` is no time/ }),
  header('an absurd deadline', (text) => `${text};deadline=${'9'.repeat(16)}`, {
    says: /`deadline` is no time/,
  }),
  header('NaN as the deadline', (text) => `${text};deadline=NaN`, { says: /`deadline` is no time/ }),
  header('an id with a line break', (text) => `${text};id=a\nb`, { says: /`id` has characters/ }),
  header('a field without a name', (text) => `${text};=1`, { says: /is no name=value/ }),
  header('no inbox id', () => '1;json;from=me', { says: /`from` is no inbox id/ }),
  header('an address outside of Kafka', (text) => text.replace(/at=.*/, 'at=../../etc/passwd/0'), {
    says: /`at` is no topic\/partition/,
  }),
  header('a partition that is no number', (text) => text.replace(/\/0$/, '/NaN'), {
    says: /`at` is no topic\/partition/,
  }),
  header('another version', (text) => `${text.replace(/^1/, '2')};id=x`, {
    says: /protocol version 2/,
    answers: [refusal()],
  }),
  header('another codec', (text) => `${text.replace('json', 'avro')};id=x`, {
    says: /encoded as "avro", this side reads json: give the server that codec \(codecs of applyKafkaHandler\)/,
    answers: [
      {
        kind: 'error',
        id: 'x',
        error: expect.objectContaining({
          code: -32015,
          data: expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }),
        }),
      },
    ],
  }),
  {
    name: 'header: an addressee that is none',
    write: (stranger) => ({
      value: good,
      headers: { 'trpc-kafka': stranger.header, 'trpc-kafka-to': 'all' },
    }),
    says: /trpc-kafka-to is no inbox id/,
  },
];

const noTime = { says: /`kafka.deadlineMs` is no time/ };
const noTimeout = { says: /`kafka.timeoutMs` is no whole number/ };
const noId = { says: /`id` is neither/, answers: [] };
const noPath = { says: /`params.path` is no text/ };

const envelopes: readonly HostileRecord[] = [
  envelope('a negative deadline', { kafka: { deadlineMs: -1 } }, noTime),
  envelope('an absurd deadline', { kafka: { deadlineMs: 1e300 } }, noTime),
  envelope('a deadline of NaN', { kafka: { deadlineMs: 'NaN' } }, noTime),
  envelope('a deadline of null', { kafka: { deadlineMs: null } }, noTime),
  envelope('a negative timeout', { kafka: { timeoutMs: -1 } }, noTimeout),
  envelope('a timeout of a thousand years', { kafka: { timeoutMs: 31_556_952_000_000 } }, noTimeout),
  envelope('half a millisecond', { kafka: { timeoutMs: 0.5 } }, noTimeout),
  envelope('a negative credit', { kafka: { credit: { items: -1, bytes: 1 } } }, { says: /`kafka.credit`/ }),
  envelope(
    'connection params that are no texts',
    { kafka: { connectionParams: { a: {} } } },
    {
      says: /`kafka.connectionParams`/,
    },
  ),
  envelope('kafka is no object', { kafka: [] }, { says: /`kafka` is no object/ }),
  envelope('no params', { params: null }, { says: /`params` is no object/ }),
  envelope('a path that is an object', { params: { path: {} } }, noPath),
  envelope('a path of 2,000 characters', { params: { path: 'a'.repeat(2000) } }, noPath),
  envelope('a negative id', { id: -1 }, noId),
  envelope('an id that is an object', { id: { toString: 'x' } }, noId),
  envelope('an id of 200 characters', { id: 'x'.repeat(200) }, noId),
  envelope('a call and a result in one', { result: { data: 1 } }, { says: /more than one of/ }),
  envelope('a one-way call', { kafka: { kind: 'one-way' } }, { says: /belong in the one-way topic/ }),
  envelope('an unknown method', { method: 'delete' }, { says: /none of query/, counted: 'unknownKinds' }),
  envelope(
    'an unknown kind of call',
    { kafka: { kind: 'later' } },
    {
      says: /of kind "later"/,
      counted: 'unknownKinds',
    },
  ),
  envelope(
    'a cancel',
    { method: undefined, params: undefined, kafka: { kind: 'cancel' } },
    {
      says: /kind "cancel" is none for this topic/,
      counted: 'unknownKinds',
      answers: [],
    },
  ),
  envelope(
    'a reply',
    { method: undefined, params: undefined, result: { data: 1 } },
    {
      says: /kind "data" is none for this topic/,
      counted: 'unknownKinds',
      answers: [],
    },
  ),
];

export const hostileRecords: readonly HostileRecord[] = [...values, ...headers, ...envelopes];
