/**
 * Golden records: what version 1 of the protocol looks like on the wire, message by message.
 * Owns: the records as definitions, from which `generate.ts` writes the files. Must not know: how they are stored or checked.
 */
import type { Message } from '@trpc-kafka/core/internal';
import type { GoldenExpectation } from './golden-file.js';

/** The inbox of a client instance of the app `checkout`, and that of a server instance of the service `flights`. */
export const clientInbox = { topic: 'checkout.replies', partition: 7, inboxId: 'clientInboxAtCheckoutA' };
export const serverInbox = { topic: 'flights.control', partition: 1, inboxId: 'serverInboxOfFlights-A' };

interface GoldenDefinition {
  /** Name of the file. */
  readonly name: string;
  readonly about: string;
  readonly topic: 'flights.requests' | 'flights.one-way' | 'flights.control' | 'checkout.replies';
  readonly key?: string;
}

/** A record that trpc-kafka writes: today's encoder must still give the same bytes. */
export interface WrittenRecord extends GoldenDefinition {
  readonly by: 'client' | 'server';
  readonly to?: string;
  /** What the header repeats of the record's only call. */
  readonly single?: { readonly id?: string; readonly deadlineMs?: number };
  readonly headers?: Readonly<Record<string, string>>;
  readonly messages: readonly Message[];
}

/** A record as others, or later releases, may write it: it must be read, or refused, as it says. */
export interface ForeignRecord extends GoldenDefinition {
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string | Uint8Array;
  readonly expect: GoldenExpectation;
}

const deadlineMs = 1_800_000_010_000;
const call = { kind: 'call', method: 'query', timeoutMs: 10_000, deadlineMs } as const;
const toClient = { topic: 'checkout.replies', by: 'server', to: clientInbox.inboxId } as const;
const toServers = { topic: 'flights.requests', by: 'client' } as const;

function single(id: string, deadline = deadlineMs): Pick<WrittenRecord, 'single'> {
  return { single: { id, deadlineMs: deadline } };
}

export const writtenRecords: readonly WrittenRecord[] = [
  {
    ...toServers,
    ...single('1'),
    name: 'call-query',
    about: 'A query with its deadline, and headers of the user beside ours.',
    headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x-tenant': 'acme' },
    messages: [{ ...call, id: 1, path: 'airports.byCode', input: 'FRA' }],
  },
  {
    ...toServers,
    ...single('2'),
    name: 'call-input-undefined',
    about: 'A call without input: the key is left out.',
    messages: [{ ...call, id: 2, path: 'airports.count', input: undefined }],
  },
  {
    ...toServers,
    ...single('3'),
    name: 'call-input-null',
    about: 'A call whose input is null, which is not the same.',
    messages: [{ ...call, id: 3, path: 'airports.count', input: null }],
  },
  {
    ...toServers,
    ...single('4'),
    name: 'call-mutation',
    about:
      'A mutation with a key, an idempotency key, an input that superjson wrote, and jsonrpc to be echoed.',
    key: 'LH400',
    messages: [
      {
        ...call,
        id: 4,
        method: 'mutation',
        path: 'bookings.book',
        input: {
          json: { flight: 'LH400', seat: '12A', at: '2026-11-24T08:00:00.000Z' },
          meta: { values: { at: ['Date'] } },
        },
        idempotencyKey: 'order-4711',
        jsonrpc: '2.0',
      },
    ],
  },
  {
    ...toServers,
    ...single('5'),
    name: 'call-subscription',
    about: 'A subscription with its first credit window, resumed after an event, with connection params.',
    messages: [
      {
        ...call,
        id: 5,
        method: 'subscription',
        path: 'offers.search',
        input: { from: 'FRA', to: 'JFK' },
        lastEventId: 'offer-17',
        credit: { items: 64, bytes: 262_144 },
        connectionParams: { token: 'abc', ['__proto__']: 'x' },
      },
    ],
  },
  {
    ...toServers,
    ...single('6', 1_800_604_800_000),
    name: 'call-one-way',
    about: 'A one-way call: nobody waits for it, it stays worth carrying out for a week.',
    topic: 'flights.one-way',
    messages: [
      {
        kind: 'call',
        id: 6,
        method: 'mutation',
        path: 'bookings.audit',
        input: { flight: 'LH400' },
        oneWay: true,
        timeoutMs: 604_800_000,
        deadlineMs: 1_800_604_800_000,
        idempotencyKey: 'audit-1',
      },
    ],
  },
  {
    ...toServers,
    ...single('b7ad6b71:8'),
    name: 'call-text-id',
    about: 'An id that is a text.',
    messages: [{ ...call, id: 'b7ad6b71:8', path: 'airports.byCode', input: 'FRA' }],
  },
  {
    ...toServers,
    single: { deadlineMs },
    name: 'call-text-id-not-plain',
    about: 'An id that cannot stand in a header is left out there; the deadline stands.',
    messages: [{ ...call, id: 'Anfrage 9; für München', path: 'airports.byCode', input: 'MUC' }],
  },
  {
    ...toServers,
    ...single('10'),
    name: 'call-unicode',
    about: 'Texts of every kind: beyond the BMP, a lone surrogate, NUL, line separators.',
    messages: [
      { ...call, id: 10, path: 'echo', input: ['Zürich ✈️ 東京 🛫', '\ud83d', '\u0000', '\u2028\u2029'] },
    ],
  },
  {
    ...toServers,
    name: 'call-bundle',
    about: 'Calls of one micro-batch in one record: the header names none of them.',
    messages: [
      { ...call, id: 11, path: 'airports.byCode', input: 'FRA' },
      { ...call, id: 12, path: 'airports.byCode', input: 'JFK' },
      { ...call, id: 13, path: 'airports.count', input: undefined },
    ],
  },
  {
    ...toClient,
    name: 'result',
    about: 'A result.',
    messages: [{ kind: 'data', id: 1, data: { code: 'FRA', name: 'Frankfurt am Main' } }],
  },
  {
    ...toClient,
    name: 'result-undefined',
    about: 'A procedure that returned nothing, asked with jsonrpc.',
    messages: [{ kind: 'data', id: 2, data: undefined, jsonrpc: '2.0' }],
  },
  {
    ...toClient,
    name: 'error',
    about: 'An error, in the shape of tRPC.',
    messages: [
      {
        kind: 'error',
        id: 3,
        error: {
          message: 'no airport XXX',
          code: -32004,
          data: { code: 'NOT_FOUND', httpStatus: 404, path: 'airports.byCode' },
        },
      },
    ],
  },
  {
    ...toClient,
    name: 'expired',
    about: 'The call came after its deadline and was not run.',
    messages: [{ kind: 'expired', id: 4, nowMs: 1_800_000_010_250 }],
  },
  {
    ...toClient,
    name: 'reply-bundle',
    about: 'Replies to several calls of one client in one record.',
    messages: [
      { kind: 'data', id: 11, data: 'FRA' },
      {
        kind: 'error',
        id: 12,
        error: { message: 'no', code: -32603, data: { code: 'INTERNAL_SERVER_ERROR' } },
      },
      { kind: 'expired', id: 13, nowMs: 1_800_000_010_250 },
    ],
  },
  {
    ...toClient,
    name: 'stream-started',
    about: 'A subscription began; the header says where its server reads.',
    messages: [{ kind: 'started', id: 5, seq: 0, features: ['bundle', 'cancel', 'credit'] }],
  },
  {
    ...toClient,
    name: 'stream-items',
    about: 'Items of a stream, the second of them tracked.',
    messages: [
      { kind: 'data', id: 5, data: { price: 512 }, seq: 1, sentBytes: 0 },
      {
        kind: 'data',
        id: 5,
        data: { id: 'offer-18', data: { price: 498 } },
        eventId: 'offer-18',
        seq: 2,
        sentBytes: 88,
      },
    ],
  },
  {
    ...toClient,
    name: 'stream-stopped',
    about: 'The end of a stream of two items.',
    messages: [{ kind: 'stopped', id: 5, seq: 3 }],
  },
  {
    ...toClient,
    name: 'stream-error',
    about: 'A stream that ended with an error after two items.',
    messages: [
      {
        kind: 'error',
        id: 5,
        error: { message: 'carrier gone', code: -32603, data: { code: 'INTERNAL_SERVER_ERROR' } },
        seq: 3,
      },
    ],
  },
  {
    name: 'cancel',
    about: 'A cancel, for the one server that is known to run the call.',
    topic: 'flights.control',
    by: 'client',
    to: serverInbox.inboxId,
    messages: [{ kind: 'cancel', id: 5 }],
  },
  {
    name: 'cancel-to-all',
    about: 'A cancel for whichever server has the call: this copy for every inbox of its partition.',
    topic: 'flights.control',
    by: 'client',
    messages: [{ kind: 'cancel', id: 1 }],
  },
  {
    name: 'credit',
    about: 'The receiver of a stream takes more.',
    topic: 'flights.control',
    by: 'client',
    to: serverInbox.inboxId,
    messages: [{ kind: 'credit', id: 5, credit: { items: 96, bytes: 300_000 } }],
  },
];

const fromClient = `1;json;from=${clientInbox.inboxId};at=checkout.replies/7`;
const clientFacts = { version: 1, codec: 'json', from: clientInbox.inboxId, replyTo: clientInbox };

export const foreignRecords: readonly ForeignRecord[] = [
  {
    name: 'foreign-other-spelling',
    about: 'Another writer: keys in another order, white space, escapes, header fields in another order.',
    topic: 'flights.requests',
    headers: {
      'trpc-kafka': `1;json;deadline=1800000010000;id=1;at=checkout.replies/7;from=${clientInbox.inboxId}`,
    },
    value:
      '{\n  "kafka": { "timeoutMs": 1e4 },\n  "params": { "input": "\\u0046RA\\/\\ud83d\\udeeb", "path": "airports.byCode" },\n  "method": "query",\n  "id": 1\n}\n',
    expect: {
      facts: { ...clientFacts, id: '1', deadlineMs },
      envelopes: [
        {
          ok: true,
          message: {
            kind: 'call',
            id: 1,
            method: 'query',
            path: 'airports.byCode',
            input: 'FRA/🛫',
            timeoutMs: 10_000,
          },
        },
      ],
    },
  },
  {
    name: 'foreign-bundle-of-one',
    about: 'One envelope in an array is read as one alone.',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': `${fromClient};id=1` },
    value: '[{"id":1,"method":"query","params":{"path":"a"}}]',
    expect: {
      facts: { ...clientFacts, id: '1' },
      envelopes: [{ ok: true, message: { kind: 'call', id: 1, method: 'query', path: 'a' } }],
    },
  },
  {
    name: 'foreign-minimal',
    about: 'The least a call can be: its writer expects no reply.',
    topic: 'flights.one-way',
    headers: { 'trpc-kafka': `1;json;from=${clientInbox.inboxId}` },
    value: '{"id":0,"method":"mutation","params":{"path":"a"},"kafka":{"kind":"one-way"}}',
    expect: {
      facts: { version: 1, codec: 'json', from: clientInbox.inboxId },
      envelopes: [
        { ok: true, message: { kind: 'call', id: 0, method: 'mutation', path: 'a', oneWay: true } },
      ],
    },
  },
  {
    name: 'foreign-result-without-type',
    about: 'A result as tRPC writes it over HTTP.',
    topic: 'checkout.replies',
    headers: {
      'trpc-kafka': `1;json;from=${serverInbox.inboxId};at=flights.control/1`,
      'trpc-kafka-to': clientInbox.inboxId,
    },
    value: '{"id":1,"result":{"data":5}}',
    expect: {
      facts: { version: 1, codec: 'json', from: serverInbox.inboxId, replyTo: serverInbox },
      to: clientInbox.inboxId,
      envelopes: [{ ok: true, message: { kind: 'data', id: 1, data: 5 } }],
    },
  },
  {
    name: 'later-unknown-fields',
    about: 'A later release of this major version: what is not known is ignored, everywhere.',
    topic: 'flights.requests',
    headers: {
      'trpc-kafka': `1;json;hop=2;from=${clientInbox.inboxId};at=checkout.replies/7;lease=5000;id=1`,
    },
    value:
      '{"id":1,"method":"query","params":{"path":"a","input":5,"more":true},"kafka":{"timeoutMs":10000,"lease":{"everyMs":5000}},"trace":[]}',
    expect: {
      facts: { ...clientFacts, id: '1' },
      envelopes: [
        {
          ok: true,
          message: { kind: 'call', id: 1, method: 'query', path: 'a', input: 5, timeoutMs: 10_000 },
        },
      ],
    },
  },
  {
    name: 'later-unknown-kind-of-call',
    about: 'A kind of call that is not known: its caller gets an error.',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': `${fromClient};id=1` },
    value: '{"id":1,"method":"query","params":{"path":"a"},"kafka":{"kind":"hello"}}',
    expect: {
      facts: { ...clientFacts, id: '1' },
      envelopes: [{ ok: false, id: 1, call: true, unknownKind: true }],
    },
  },
  {
    name: 'later-unknown-kinds',
    about:
      'Messages that are not known and are no calls: counted and ignored, the one that is known is not lost with them.',
    topic: 'flights.control',
    headers: { 'trpc-kafka': fromClient },
    value:
      '[{"id":1,"kafka":{"kind":"lease","calls":[5]}},{"id":5,"result":{"type":"chunk","line":[]}},{"id":5,"kafka":{"kind":"cancel"}}]',
    expect: {
      facts: clientFacts,
      envelopes: [
        { ok: false, id: 1, call: false, unknownKind: true },
        { ok: false, id: 5, call: false, unknownKind: true },
        { ok: true, message: { kind: 'cancel', id: 5 } },
      ],
    },
  },
  {
    name: 'refused-version',
    about: 'Another major version is refused by its number; nothing behind it is looked at.',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': '2;json;who=knows' },
    value: '{}',
    expect: { refused: 'UNSUPPORTED_VERSION' },
  },
  {
    name: 'refused-codec',
    about: 'A codec that is not spoken here.',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': `1;msgpack;from=${clientInbox.inboxId}` },
    value: Uint8Array.of(0x81, 0xa2, 0x69, 0x64, 0x01),
    expect: { refused: 'UNSUPPORTED_MEDIA_TYPE' },
  },
  {
    name: 'refused-other-id',
    about: 'Header and envelope name different calls.',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': `${fromClient};id=1` },
    value: '{"id":2,"method":"query","params":{"path":"a"}}',
    expect: { refused: 'PARSE_ERROR' },
  },
  {
    name: 'refused-not-utf8',
    about: 'A value that is not UTF-8 (ISO 8859-1).',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': fromClient },
    value: new Uint8Array(
      Buffer.from('{"id":1,"method":"query","params":{"path":"a","input":"Zürich"}}', 'latin1'),
    ),
    expect: { refused: 'PARSE_ERROR' },
  },
];
