import { deepStrictEqual } from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inboxId, message, place, text } from '../../test/protocol/arbitrary-message.js';
import { mutatedValue, refusalOf } from '../../test/protocol/hostile.js';
import { encodeEnvelope } from './envelope.js';
import { type HeaderValue, isForOthers, type RecordHeaders, readRecord, senderOf } from './read-record.js';
import { formatSender, formatSingleCall } from './record-facts.js';
import { joinEnvelopes } from './record-value.js';

const from = 'Xq3-_0AbCdEfGhIjKlMnOp';
const me = 'AAAAAAAAAAAAAAAAAAAAAA';
const at = { topic: 'checkout.replies', partition: 3 };
const sender = formatSender(from, at);
const query = { kind: 'call', id: 17, method: 'query', path: 'a.b', input: 5, timeoutMs: 500 } as const;
const value = Buffer.from(encodeEnvelope(query));
const replyTo = { ...at, inboxId: from };

const read = (header: HeaderValue | readonly HeaderValue[], more: RecordHeaders = {}) =>
  readRecord({ headers: { 'trpc-kafka': header, ...more }, value });

describe('records as they are meant to be', () => {
  test('a request', () => {
    expect(read(Buffer.from(`${sender};id=17;deadline=1800000000500`))).toStrictEqual({
      facts: { version: 1, codec: 'json', from, replyTo, id: '17', deadlineMs: 1_800_000_000_500 },
      envelopes: [{ ok: true, message: query }],
    });
  });

  test('headers whose bytes are of another realm, as those of Buffer are in jsdom', () => {
    const foreign = (written: string) =>
      runInNewContext('Uint8Array.from(bytes)', { bytes: [...Buffer.from(written)] }) as Uint8Array;
    expect(read(foreign(sender), { 'trpc-kafka-to': foreign(me) })).toMatchObject({
      facts: { from },
      to: me,
    });
    expect(isForOthers({ 'trpc-kafka-to': foreign(me) }, from)).toBe(true);
  });

  test('a reply, for one inbox', () => {
    expect(read(sender, { 'trpc-kafka-to': Buffer.from(me) })).toStrictEqual({
      facts: { version: 1, codec: 'json', from, replyTo },
      to: me,
      envelopes: [{ ok: true, message: query }],
    });
  });

  test('any record that is written is read as the same', () => {
    const record = fc.record({
      sent: fc.record({ from: inboxId, at: fc.option(place), to: fc.option(inboxId) }),
      messages: fc.array(message, { minLength: 1, maxLength: 8 }),
    });
    fc.assert(
      fc.property(record, ({ sent, messages }) => {
        const [first] = messages;
        const header = formatSender(sent.from, sent.at ?? undefined);
        const headers = {
          'trpc-kafka': Buffer.from(
            messages.length === 1 && first?.id !== undefined ? formatSingleCall(header, first) : header,
          ),
          ...(sent.to === null ? {} : { 'trpc-kafka-to': Buffer.from(sent.to) }),
        };
        const { facts, ...rest } = readRecord({
          headers,
          value: Buffer.from(joinEnvelopes(messages.map(encodeEnvelope))),
        });
        expect(facts.from).toBe(sent.from);
        deepStrictEqual(facts.replyTo, sent.at === null ? undefined : { ...sent.at, inboxId: sent.from });
        deepStrictEqual(rest, {
          ...(sent.to === null ? {} : { to: sent.to }),
          envelopes: messages.map((each) => ({ ok: true, message: each })),
        });
      }),
    );
  });

  test('headers of others may be anything, even a thousand of them', () => {
    const foreign = Object.fromEntries(
      Array.from({ length: 1000 }, (_, i) => [`x-${i}`, Buffer.of(0xff, i % 256)]),
    );
    const headers: RecordHeaders = { ...foreign, traceparent: ['a', 'b'], empty: null, ['__proto__']: 'x' };
    expect(read(sender, headers)).toStrictEqual(read(sender));
  });
});

describe('versions and codecs', () => {
  test('another major version is refused by its number, whatever its header looks like', () => {
    for (const header of [`2;json;from=${from}`, '2', '2;whatever it will be', `3;${'x'.repeat(2000)}`]) {
      expect(() => read(Buffer.from(header))).toThrow(
        /^UNSUPPORTED_VERSION: .*this side speaks 1: use releases/,
      );
    }
  });

  test('another codec is refused by its name', () => {
    expect(() => read(`1;msgpack;from=${from}`)).toThrow(
      'UNSUPPORTED_MEDIA_TYPE: the record\'s value is encoded as "msgpack", this side reads json: give the server that codec',
    );
  });

  test('both can be answered, as far as their header is readable', () => {
    expect(senderOf({ 'trpc-kafka': `2;cbor;from=${from};at=checkout.replies/3;id=17` })).toStrictEqual({
      version: 2,
      codec: 'cbor',
      from,
      replyTo,
      id: '17',
    });
    expect(senderOf({ 'trpc-kafka': '2;whatever it will be' })).toBeUndefined();
  });
});

describe('refused, with the reason', () => {
  test.each<[string, RecordHeaders, string]>([
    ['not ours', {}, 'it has no header trpc-kafka, so something else wrote it'],
    ['no header value', { 'trpc-kafka': null }, 'its header trpc-kafka has no value'],
    ['empty header', { 'trpc-kafka': Buffer.of() }, 'it does not begin with a version'],
    ['header twice', { 'trpc-kafka': [sender, sender] }, 'it has more than one header trpc-kafka'],
    ['header not UTF-8', { 'trpc-kafka': Buffer.of(0x31, 0xff) }, 'its header trpc-kafka is not UTF-8'],
    [
      'header with a byte order mark',
      { 'trpc-kafka': Buffer.from(`\ufeff${sender}`) },
      'begin with a version',
    ],
    ['header of 1,025 bytes', { 'trpc-kafka': Buffer.from(sender.padEnd(1025)) }, 'it has 1025 characters'],
    [
      'header of 1 MB',
      { 'trpc-kafka': Buffer.alloc(1_000_000, ';') },
      'its header trpc-kafka has 1000000 bytes',
    ],
    [
      'addressee without value',
      { 'trpc-kafka': sender, 'trpc-kafka-to': null },
      'trpc-kafka-to has no value',
    ],
    ['addressee empty', { 'trpc-kafka': sender, 'trpc-kafka-to': '' }, 'trpc-kafka-to is no inbox id'],
    [
      'addressee no id',
      { 'trpc-kafka': sender, 'trpc-kafka-to': 'everybody' },
      'trpc-kafka-to is no inbox id',
    ],
    [
      'addressee twice',
      { 'trpc-kafka': sender, 'trpc-kafka-to': [me, me] },
      'more than one header trpc-kafka-to',
    ],
    [
      'addressee not UTF-8',
      { 'trpc-kafka': sender, 'trpc-kafka-to': Buffer.of(0xc0) },
      'trpc-kafka-to is not UTF-8',
    ],
  ])('%s', (_, headers, reason) => {
    const run = (): unknown => readRecord({ headers, value });
    expect(run).toThrow(/^PARSE_ERROR: /);
    expect(run).toThrow(reason);
  });

  test('no value', () => {
    expect(() => readRecord({ headers: { 'trpc-kafka': sender }, value: null })).toThrow('it has no value');
  });
});

describe('the id in the header and the id in the envelope', () => {
  const withId = (id: string): RecordHeaders => ({ 'trpc-kafka': formatSingleCall(sender, { id }) });
  const idsOf = (headers: RecordHeaders, body: unknown) =>
    readRecord({ headers, value: Buffer.from(JSON.stringify(body)) }).envelopes;
  const cancel = (id: unknown): object => ({ id, kafka: { kind: 'cancel' } });

  test('agree as texts', () => {
    expect(idsOf(withId('17'), cancel(17))).toMatchObject([{ ok: true, message: { id: 17 } }]);
    expect(idsOf(withId('17'), cancel('17'))).toMatchObject([{ ok: true, message: { id: '17' } }]);
    expect(idsOf(withId('17'), [cancel(17)])).toMatchObject([{ ok: true }]);
  });

  test('or the record is refused', () => {
    expect(() => idsOf(withId('17'), cancel(18))).toThrow(
      'PARSE_ERROR: the record cannot be read: its header names the call 17, its envelope 18',
    );
    expect(() => idsOf(withId('17'), cancel('017'))).toThrow(
      'its header names the call 17, its envelope "017"',
    );
    expect(() => idsOf(withId('17'), { id: 18, kafka: { kind: 'unheard of' } })).toThrow('its envelope 18');
  });

  test('a bundle has no id in its header', () => {
    expect(() => idsOf(withId('17'), [cancel(17), cancel(18)])).toThrow(
      'its header names the call 17, its value has 2 envelopes',
    );
  });

  test('an envelope whose own id cannot be read keeps its own reason', () => {
    expect(idsOf(withId('17'), cancel(null))).toMatchObject([{ ok: false, id: undefined }]);
    expect(senderOf(withId('17'))).toMatchObject({ id: '17', replyTo });
  });
});

describe('isForOthers', () => {
  const to = (addressee: HeaderValue | readonly HeaderValue[]): boolean =>
    isForOthers({ 'trpc-kafka': sender, 'trpc-kafka-to': addressee }, me);

  test('another inbox, as bytes or as text', () => {
    expect(to(Buffer.from(from))).toBe(true);
    expect(to(new TextEncoder().encode(from))).toBe(true);
    expect(to(from)).toBe(true);
    expect(to(Buffer.from('AAAAAAAAAAAAAAAAAAAAAB'))).toBe(true);
  });

  test('this inbox, as bytes or as text', () => {
    expect(to(Buffer.from(me))).toBe(false);
    expect(to(me)).toBe(false);
  });

  test('a record for every inbox of the topic', () => {
    expect(isForOthers({ 'trpc-kafka': sender }, me)).toBe(false);
  });

  test('what is malformed is left to readRecord, so that it is told and not silently dropped', () => {
    for (const addressee of [
      null,
      '',
      'x',
      Buffer.of(),
      Buffer.alloc(22, 0xff),
      Buffer.alloc(100),
      [me, from],
    ]) {
      expect(to(addressee)).toBe(false);
      expect(refusalOf(() => read(sender, { 'trpc-kafka-to': addressee }))).toBe('PARSE_ERROR');
    }
  });

  test('drops exactly what readRecord reads as addressed to someone else', () => {
    fc.assert(
      fc.property(fc.oneof(inboxId, text, fc.constant(me)), (addressee) => {
        const headers = { 'trpc-kafka': sender, 'trpc-kafka-to': Buffer.from(addressee) };
        const code = refusalOf(() => readRecord({ headers, value }));
        expect(isForOthers(headers, me)).toBe(code === undefined && addressee !== me);
      }),
    );
  });
});

test('whatever a record holds, nothing but a KafkaTransportError is thrown', () => {
  const bytes = fc.uint8Array({ maxLength: 64 });
  const header: fc.Arbitrary<HeaderValue | readonly HeaderValue[]> = fc.oneof(
    fc.constantFrom(sender, `${sender};id=17`, me, '2;json', null, undefined),
    text,
    bytes,
    fc.array(bytes),
  );
  const record = fc.record({
    headers: fc.record({ 'trpc-kafka': header, 'trpc-kafka-to': header }, { requiredKeys: [] }),
    value: fc.oneof(fc.constantFrom(value, null), bytes, mutatedValue),
  });
  const codes = [undefined, 'PARSE_ERROR', 'UNSUPPORTED_VERSION', 'UNSUPPORTED_MEDIA_TYPE'];
  fc.assert(
    fc.property(record, (hostile) => {
      expect(codes).toContain(refusalOf(() => readRecord(hostile)));
      isForOthers(hostile.headers, me);
      senderOf(hostile.headers);
    }),
    { numRuns: 3000 },
  );
});
