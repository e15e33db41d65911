/** The records trpc-kafka writes, one for each message and for what is special about it. */
import { clientInbox, serverInbox, type WrittenRecord } from './golden-record.js';

const deadlineMs = 1_800_000_010_000;
const call = { kind: 'call', method: 'query', timeoutMs: 10_000, deadlineMs } as const;
const toClient = { topic: 'checkout.replies', by: 'server', to: clientInbox.inboxId } as const;
const toServers = { topic: 'flights.requests', by: 'client' } as const;

function single(id: string, deadline = deadlineMs): Pick<WrittenRecord, 'single'> {
  return { single: { id, deadlineMs: deadline } };
}

/** Every message there is, written by today's encoder. */
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
        leaseMs: 15_000,
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
    name: 'maybe-executed',
    about: 'A server that died may have run the mutation: it was not run again.',
    messages: [{ kind: 'maybe-executed', id: 4 }],
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
    messages: [{ kind: 'started', id: 5, seq: 0, features: ['bundle', 'cancel', 'credit', 'lease'] }],
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
    ...toServers,
    ...single('7'),
    name: 'call-query-chunks',
    about: 'A query whose client reads a streamed result.',
    messages: [{ ...call, id: 7, path: 'offers.compare', input: 'FRA', chunks: true }],
  },
  {
    ...toClient,
    name: 'stream-chunks',
    about: 'A streamed result to its end: an object with a promise and an iterable, which yields once and returns.',
    messages: [
      { kind: 'started', id: 7, seq: 0, features: ['bundle', 'cancel', 'credit'] },
      {
        kind: 'chunk',
        id: 7,
        lines: ['{"data":[[{"from":"FRA","cheapest":0,"offers":0}],["cheapest",0,0],["offers",1,1]]}'],
        seq: 1,
        sentBytes: 0,
      },
      { kind: 'chunk', id: 7, lines: ['[1,1,[[{"price":512}]]]', '[0,0,[[498]]]'], seq: 2, sentBytes: 165 },
      { kind: 'chunk', id: 7, lines: ['[1,0,[[]]]'], seq: 3, sentBytes: 276 },
      { kind: 'stopped', id: 7, seq: 4 },
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
    ...toClient,
    name: 'stream-lost',
    about: 'The server closes before the stream has come to its end: it can go on elsewhere.',
    messages: [{ kind: 'lost', id: 5, seq: 3, reason: 'closing' }],
  },
  {
    ...toClient,
    name: 'heartbeat',
    about: 'The server runs, and has nothing else to say.',
    messages: [{ kind: 'heartbeat' }],
  },
  {
    ...toClient,
    name: 'go-away',
    about: 'The server is about to close.',
    messages: [{ kind: 'go-away' }],
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
  {
    name: 'lease',
    about: 'The client still waits for the streams that it has at this server.',
    topic: 'flights.control',
    by: 'client',
    to: serverInbox.inboxId,
    messages: [{ kind: 'lease' }],
  },
  {
    ...single('20', 1_800_000_002_000),
    name: 'call-gather',
    about: 'A query for every server instance: this copy for those whose inboxes are in its partition.',
    topic: 'flights.control',
    by: 'client',
    messages: [
      {
        kind: 'call',
        id: 20,
        method: 'query',
        path: 'nodes.status',
        input: { verbose: true },
        gather: true,
        timeoutMs: 2000,
        deadlineMs: 1_800_000_002_000,
      },
    ],
  },
  {
    name: 'hello',
    about: 'Who is there? For every server instance.',
    topic: 'flights.control',
    by: 'client',
    messages: [
      { kind: 'hello', id: 21, timeoutMs: 2000, deadlineMs: 1_800_000_002_000, wants: ['procedures'] },
    ],
  },
  {
    ...toClient,
    name: 'hello-reply',
    about: 'A server instance of itself.',
    messages: [
      {
        kind: 'hello-reply',
        id: 21,
        service: 'flights',
        software: 'trpc-kafka/1.0.0',
        features: ['bundle', 'cancel', 'credit', 'lease', 'gather', 'hello'],
        state: 'ready',
        startedAtMs: 1_799_990_000_000,
        nowMs: 1_800_000_000_003,
        calls: 3,
        waiting: 0,
        streams: 120,
        assigned: [{ topic: 'flights.requests', partitions: [0, 1, 2, 3] }],
        procedures: [
          { path: 'airports.byCode', type: 'query' },
          { path: 'nodes.status', type: 'query', gather: true },
        ],
      },
    ],
  },
];
