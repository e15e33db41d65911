/** Records that others write, later releases, or nobody in good faith. */
import { clientInbox, type ForeignRecord, serverInbox } from './golden-record.js';

const fromClient = `1;json;from=${clientInbox.inboxId};at=checkout.replies/7`;
const clientFacts = { version: 1, codec: 'json', from: clientInbox.inboxId, replyTo: clientInbox };

/** Records to be read, or refused, whoever wrote them. */
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
      facts: { ...clientFacts, id: '1', deadlineMs: 1_800_000_010_000 },
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
      'trpc-kafka': `1;json;hop=2;from=${clientInbox.inboxId};at=checkout.replies/7;ttl=5000;id=1`,
    },
    value:
      '{"id":1,"method":"query","params":{"path":"a","input":5,"more":true},"kafka":{"timeoutMs":10000,"trace":{"everyMs":5000}},"trace":[]}',
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
      '[{"id":1,"kafka":{"kind":"pause","calls":[5]}},{"id":5,"result":{"type":"chunk","line":[]}},{"id":5,"kafka":{"kind":"cancel"}}]',
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
