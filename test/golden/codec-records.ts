/** Records in a codec other than JSON: MessagePack as msgpackr writes it. */
import { clientInbox, type ForeignRecord, serverInbox, type WrittenRecord } from './golden-record.js';

const deadlineMs = 1_800_000_010_000;
const codec = 'msgpack';
const call = { kind: 'call', timeoutMs: 10_000, deadlineMs } as const;
const toServers = { codec, topic: 'flights.requests', by: 'client' } as const;
const toClient = { codec, topic: 'checkout.replies', by: 'server', to: clientInbox.inboxId } as const;
/** What JSON would not carry as it is. */
const document = { scan: Uint8Array.of(0x25, 0x50, 0x44, 0x46), at: new Date('2026-11-24T08:00:00.000Z') };

/** Records that are written. */
export const writtenInCodec: readonly WrittenRecord[] = [
  {
    ...toServers,
    single: { id: '1', deadlineMs },
    name: 'msgpack-call',
    about: 'A mutation with bytes and a date in its input.',
    messages: [{ ...call, id: 1, method: 'mutation', path: 'documents.add', input: document }],
  },
  {
    ...toServers,
    single: { id: '2', deadlineMs },
    name: 'msgpack-call-input-undefined',
    about: 'A call without input: the field is left out, not nil.',
    messages: [{ ...call, id: 2, method: 'query', path: 'documents.count', input: undefined }],
  },
  {
    ...toServers,
    name: 'msgpack-call-bundle',
    about: 'Two calls in one record, in parts.',
    messages: [
      { ...call, id: 3, method: 'query', path: 'documents.get', input: 'a' },
      { ...call, id: 4, method: 'query', path: 'documents.get', input: null },
    ],
  },
  {
    ...toServers,
    topic: 'flights.one-way',
    single: { id: '5' },
    name: 'msgpack-one-way',
    about: 'A one-way call.',
    messages: [
      { kind: 'call', id: 5, method: 'mutation', path: 'documents.add', input: document, oneWay: true },
    ],
  },
  {
    ...toClient,
    name: 'msgpack-result',
    about: 'A result with bytes and a date in it, in the codec the call came in.',
    messages: [{ kind: 'data', id: 1, data: document }],
  },
  {
    ...toClient,
    name: 'msgpack-reply-bundle',
    about: 'Replies of every kind in one record, in parts.',
    messages: [
      { kind: 'data', id: 3, data: document.scan },
      {
        kind: 'error',
        id: 4,
        error: { message: 'no', code: -32603, data: { code: 'INTERNAL_SERVER_ERROR' } },
      },
      { kind: 'started', id: 6, seq: 0, features: ['bundle', 'cancel', 'credit'] },
      { kind: 'data', id: 6, data: document.scan, eventId: 'page-1', seq: 1, sentBytes: 0 },
      { kind: 'stopped', id: 6, seq: 2 },
      { kind: 'expired', id: 7, nowMs: 1_800_000_010_250 },
    ],
  },
];

const fromClient = `1;msgpack;from=${clientInbox.inboxId};at=checkout.replies/7`;
const clientFacts = { version: 1, codec, from: clientInbox.inboxId, replyTo: clientInbox };
/** `{ id, kafka: { kind: 'cancel' } }`, byte by byte. */
const cancel = (id: number): Buffer =>
  Buffer.from(`\x82\xa2id${String.fromCharCode(id)}\xa5kafka\x81\xa4kind\xa6cancel`, 'latin1');
const length = (bytes: number): Uint8Array => Uint8Array.of(0, 0, 0, bytes);

/** Records that others write, or nobody in good faith. */
export const foreignInCodec: readonly ForeignRecord[] = [
  {
    codec,
    name: 'foreign-msgpack-array',
    about: 'Several envelopes as an array of the codec, as another writer may join them.',
    topic: 'flights.control',
    headers: { 'trpc-kafka': fromClient },
    value: Buffer.concat([Uint8Array.of(0x92), cancel(5), cancel(6)]),
    expect: {
      facts: clientFacts,
      envelopes: [5, 6].map((id) => ({ ok: true, message: { kind: 'cancel', id } })),
    },
  },
  {
    codec,
    name: 'foreign-msgpack-part-torn',
    about: 'Of three parts the second is no MessagePack: the others are not lost with it.',
    topic: 'flights.control',
    headers: { 'trpc-kafka': `${fromClient};parts=3` },
    value: Buffer.concat([length(24), cancel(5), length(1), Uint8Array.of(0x92), length(24), cancel(6)]),
    expect: {
      facts: { ...clientFacts, parts: 3 },
      envelopes: [
        { ok: true, message: { kind: 'cancel', id: 5 } },
        { ok: false, call: false, unknownKind: false },
        { ok: true, message: { kind: 'cancel', id: 6 } },
      ],
    },
  },
  {
    name: 'foreign-json-parts',
    about: 'Parts are for other codecs: a reader of JSON ignores what is said of them.',
    topic: 'flights.control',
    headers: { 'trpc-kafka': `1;json;from=${serverInbox.inboxId};parts=2` },
    value: '[{"id":5,"kafka":{"kind":"cancel"}},{"id":6,"kafka":{"kind":"cancel"}}]',
    expect: {
      facts: { version: 1, codec: 'json', from: serverInbox.inboxId, parts: 2 },
      envelopes: [5, 6].map((id) => ({ ok: true, message: { kind: 'cancel', id } })),
    },
  },
  {
    codec,
    name: 'refused-msgpack-torn',
    about: 'A value that ends too early.',
    topic: 'flights.requests',
    headers: { 'trpc-kafka': `${fromClient};id=5` },
    value: cancel(5).subarray(0, -1),
    expect: { refused: 'PARSE_ERROR' },
  },
  {
    codec,
    name: 'refused-msgpack-parts',
    about: 'Fewer parts than the header tells.',
    topic: 'flights.control',
    headers: { 'trpc-kafka': `${fromClient};parts=2` },
    value: Buffer.concat([length(24), cancel(5)]),
    expect: { refused: 'PARSE_ERROR' },
  },
];
