import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json } from '../../test/protocol/arbitrary-message.js';
import { nearEnvelope } from '../../test/protocol/hostile.js';
import { decodeEnvelope, maxTimeoutMs } from './decode-envelope.js';
import type { RefusedEnvelope } from './decoded-envelope.js';
import { encodeEnvelope } from './envelope.js';

const call = { id: 1, method: 'query', params: { path: 'a.b', input: 5 } };
const subscription = { ...call, method: 'subscription' };
const item = { id: 1, result: { type: 'data', data: 5 } };

function refusal(value: unknown): RefusedEnvelope {
  const decoded = decodeEnvelope(value);
  if (decoded.ok) throw new Error(`accepted as ${JSON.stringify(decoded.message)}`);
  return decoded;
}

describe('arbitrary JSON', () => {
  test('gives a message or a reason, never an exception', () => {
    fc.assert(
      fc.property(fc.oneof(json, nearEnvelope), (value) => {
        const decoded = decodeEnvelope(value);
        if (!decoded.ok) expect(decoded.reason).toMatch(/\S/);
      }),
      { numRuns: 2000 },
    );
  });

  test('what is accepted is written and read again as the same', () => {
    fc.assert(
      fc.property(nearEnvelope, (value) => {
        const decoded = decodeEnvelope(value);
        fc.pre(decoded.ok);
        deepStrictEqual(decodeEnvelope(JSON.parse(encodeEnvelope(decoded.message))), decoded);
      }),
    );
  });
});

describe('ids', () => {
  test.each([
    ['missing', {}],
    ['null, which tRPC’s WebSocket adapter answers to nobody', { id: null }],
    ['empty', { id: '' }],
    ['too long', { id: 'x'.repeat(129) }],
    ['negative', { id: -1 }],
    ['a fraction', { id: 1.5 }],
    ['more than a double counts', { id: 2 ** 53 }],
    ['infinite', { id: JSON.parse('1e999') }],
    ['an object', { id: {} }],
  ])('%s: refused', (_, id) => {
    expect(refusal({ ...call, id: undefined, ...id })).toMatchObject({
      id: undefined,
      call: true,
      reason: expect.stringContaining('`id` is neither a whole number nor a text'),
    });
  });
});

describe('what later releases may send', () => {
  test('unknown fields are ignored, at every level', () => {
    const value = {
      id: 1,
      method: 'query',
      params: { path: 'a.b', input: 5, more: 1 },
      kafka: { timeoutMs: 10, lease: { everyMs: 5000 }, __proto__: null },
      trace: 'x',
    };
    expect(decodeEnvelope(value)).toStrictEqual({
      ok: true,
      message: { kind: 'call', id: 1, method: 'query', path: 'a.b', input: 5, timeoutMs: 10 },
    });
  });

  test('an unknown kind of call is told apart, since it gets an error', () => {
    expect(refusal({ ...call, kafka: { kind: 'hello' } })).toStrictEqual({
      ok: false,
      id: 1,
      call: true,
      unknownKind: true,
      reason: 'calls of kind "hello" are not known here',
    });
    expect(refusal({ ...call, method: 'subscription.stop' })).toMatchObject({
      call: true,
      unknownKind: true,
    });
  });

  test.each(['lease', 'heartbeat', 'go-away', 'census'])('a %s of a later release is no call', (kind) => {
    expect(refusal({ id: 1, kafka: { kind } })).toStrictEqual({
      ok: false,
      id: 1,
      call: false,
      unknownKind: true,
      reason: `messages of kind "${kind}" are not known here`,
    });
    expect(refusal({ ...item, kafka: { kind } })).toMatchObject({ call: false, unknownKind: true });
    expect(refusal({ id: 1, error: {}, kafka: { kind } })).toMatchObject({
      call: false,
      unknownKind: true,
    });
  });

  test('an unknown type of result is no call either', () => {
    expect(refusal({ id: 1, result: { type: 'state' } })).toMatchObject({ call: false, unknownKind: true });
  });

  test('features that are no texts, or too many, are left out', () => {
    const started = { id: 1, result: { type: 'started' }, kafka: { features: ['a', 1, null, 'b'] } };
    expect(decodeEnvelope(started)).toMatchObject({ message: { seq: 0, features: ['a', 'b'] } });
    const many = { ...started, kafka: { features: Array.from({ length: 100_000 }, () => 'x') } };
    expect(decodeEnvelope(many)).toMatchObject({ message: { features: { length: 64 } } });
    expect(decodeEnvelope({ ...started, kafka: { features: 'all' } })).toMatchObject({
      message: { features: [] },
    });
  });
});

describe('refused calls', () => {
  test.each<[string, object, string]>([
    ['no params', { params: undefined }, '`params` is no object'],
    ['params an array', { params: ['a.b'] }, '`params` is no object'],
    ['no path', { params: {} }, '`params.path` is no text'],
    ['path too long', { params: { path: 'x'.repeat(1025) } }, 'up to 1024 characters'],
    ['lastEventId a number', { params: { path: 'a', lastEventId: 5 } }, '`params.lastEventId` is no text'],
    ['lastEventId null', { params: { path: 'a', lastEventId: null } }, '`params.lastEventId` is no text'],
    ['lastEventId too long', { params: { path: 'a', lastEventId: 'x'.repeat(16_385) } }, 'up to 16384'],
    ['kafka a text', { kafka: 'x' }, '`kafka` is no object'],
    ['kafka null', { kafka: null }, '`kafka` is no object'],
    [
      'negative timeout',
      { kafka: { timeoutMs: -1 } },
      '`kafka.timeoutMs` is no whole number from 0 to 86400000',
    ],
    [
      'timeout null, as JSON writes NaN',
      { kafka: { timeoutMs: null } },
      '`kafka.timeoutMs` is no whole number',
    ],
    ['fractional timeout', { kafka: { timeoutMs: 0.5 } }, '`kafka.timeoutMs` is no whole number'],
    ['absurd timeout', { kafka: { timeoutMs: maxTimeoutMs + 1 } }, '`kafka.timeoutMs` is no whole number'],
    ['timeout a text', { kafka: { timeoutMs: '500' } }, '`kafka.timeoutMs` is no whole number'],
    ['negative deadline', { kafka: { deadlineMs: -1 } }, '`kafka.deadlineMs` is no time'],
    ['absurd deadline', { kafka: { deadlineMs: 1e15 } }, '`kafka.deadlineMs` is no time'],
    ['infinite deadline', { kafka: { deadlineMs: JSON.parse('1e999') } }, '`kafka.deadlineMs` is no time'],
    ['key too long', { kafka: { idempotencyKey: 'x'.repeat(1025) } }, '`kafka.idempotencyKey` is no text'],
    ['credit a number', { kafka: { credit: 64 } }, '`kafka.credit` is no { items, bytes }'],
    ['credit without bytes', { kafka: { credit: { items: 1 } } }, '`kafka.credit` is no { items, bytes }'],
    [
      'negative credit',
      { kafka: { credit: { items: -1, bytes: 1 } } },
      '`kafka.credit` is no { items, bytes }',
    ],
    [
      'params not texts',
      { kafka: { connectionParams: { a: 1 } } },
      '`kafka.connectionParams` is no object of texts',
    ],
    ['chunks a text', { kafka: { chunks: 'yes' } }, '`kafka.chunks` is neither true nor false'],
    ['params null', { kafka: { connectionParams: null } }, '`kafka.connectionParams` is no object of texts'],
    ['a result, too', { result: { type: 'data' } }, 'more than one of `method`, `result`, `error`'],
    ['an error, too', { error: null }, 'more than one of `method`, `result`, `error`'],
  ])('%s', (_, change, reason) => {
    expect(refusal({ ...call, ...change })).toStrictEqual({
      ok: false,
      id: 1,
      call: true,
      unknownKind: false,
      reason: expect.stringContaining(reason),
    });
  });
});

describe('refused replies and control messages', () => {
  test.each<[string, object, string]>([
    ['negative seq', { ...item, kafka: { seq: -1 } }, '`kafka.seq` is no whole number'],
    ['seq of an error', { id: 1, error: {}, kafka: { seq: 'x' } }, '`kafka.seq` is no whole number'],
    ['result a text', { id: 1, result: 'ok' }, '`result` is no object'],
    ['result null', { id: 1, result: null }, '`result` is no object'],
    ['event id a number', { id: 1, result: { type: 'data', id: 5 } }, '`result.id` is no text'],
    ['sentBytes', { ...item, kafka: { seq: 1, sentBytes: -5 } }, '`kafka.sentBytes` is no whole number'],
    ['stopped without seq', { id: 1, result: { type: 'stopped' } }, '`stopped` has no `kafka.seq`'],
    ['result and error', { ...item, error: {} }, 'more than one of'],
    ['expired without time', { id: 1, kafka: { kind: 'expired' } }, '`kafka.nowMs` is no time'],
    [
      'expired at an absurd time',
      { id: 1, kafka: { kind: 'expired', nowMs: 1e15 } },
      '`kafka.nowMs` is no time',
    ],
    ['credit without credit', { id: 1, kafka: { kind: 'credit' } }, '`kafka.credit` is no { items, bytes }'],
    [
      'chunk without seq',
      { id: 1, kafka: { kind: 'chunk', lines: ['{}'] } },
      '`kafka.seq` is no whole number',
    ],
    [
      'chunk with a negative sentBytes',
      { id: 1, kafka: { kind: 'chunk', seq: 1, sentBytes: -1, lines: ['{}'] } },
      '`kafka.sentBytes` is no whole number',
    ],
    ['chunk without lines', { id: 1, kafka: { kind: 'chunk', seq: 1 } }, '`kafka.lines` is no array'],
    [
      'chunk of no lines',
      { id: 1, kafka: { kind: 'chunk', seq: 1, lines: [] } },
      '`kafka.lines` is no array',
    ],
    [
      'chunk of lines that are no texts',
      { id: 1, kafka: { kind: 'chunk', seq: 1, lines: ['{}', {}] } },
      '`kafka.lines` is no array',
    ],
    ['nothing', { id: 1 }, 'neither `method`, `result`, `error` nor `kafka.kind`'],
    ['nothing but kafka', { id: 1, kafka: {} }, 'neither `method`, `result`, `error` nor `kafka.kind`'],
  ])('%s', (_, value, reason) => {
    expect(refusal(value)).toStrictEqual({
      ok: false,
      id: 1,
      call: false,
      unknownKind: false,
      reason: expect.stringContaining(reason),
    });
  });

  test.each([null, 5, 'x', true, undefined])('%j is no envelope', (value) => {
    expect(refusal(value)).toMatchObject({ id: undefined, reason: 'it is no object' });
  });

  test('bundles do not nest', () => {
    expect(refusal([call])).toMatchObject({ id: undefined, reason: 'it is an array: bundles do not nest' });
  });
});

describe('what readers allow', () => {
  test('a result without a type is data, as in tRPC’s HTTP envelopes', () => {
    expect(decodeEnvelope({ id: 1, result: { data: 5 } })).toStrictEqual({
      ok: true,
      message: { kind: 'data', id: 1, data: 5 },
    });
  });

  test('an error of null is an error', () => {
    expect(decodeEnvelope({ id: 1, error: null })).toMatchObject({ message: { kind: 'error', error: null } });
  });

  test('only jsonrpc 2.0 is echoed, anything else in its place is ignored', () => {
    expect(decodeEnvelope({ ...item, jsonrpc: '2.0' })).toMatchObject({ message: { jsonrpc: '2.0' } });
    expect(decodeEnvelope({ ...item, jsonrpc: '1.0' })).toStrictEqual(decodeEnvelope(item));
  });

  test('one-way calls may stay worth carrying out for longer than a caller would wait', () => {
    const kafka = { timeoutMs: 7 * maxTimeoutMs };
    expect(refusal({ ...call, kafka }).reason).toContain('`kafka.timeoutMs`');
    expect(decodeEnvelope({ ...call, kafka: { ...kafka, kind: 'one-way' } })).toMatchObject({
      message: { oneWay: true, timeoutMs: 7 * maxTimeoutMs },
    });
    expect(refusal({ ...call, kafka: { kind: 'one-way', timeoutMs: 2 ** 31 } }).reason).toContain(
      '2147483647',
    );
  });

  test('sentBytes without a place in a stream says nothing and is ignored', () => {
    expect(decodeEnvelope({ ...item, kafka: { sentBytes: 5 } })).toStrictEqual(decodeEnvelope(item));
  });

  test('the first credit window of a subscription', () => {
    expect(
      decodeEnvelope({ ...subscription, kafka: { credit: { items: 64, bytes: 262_144 } } }),
    ).toMatchObject({
      message: { credit: { items: 64, bytes: 262_144 } },
    });
  });
});

describe('own keys that JavaScript treats specially', () => {
  test('facts and params are never taken from a prototype that came over the wire', () => {
    const value: unknown = JSON.parse('{"__proto__":{"id":1,"method":"query","params":{"path":"a"}}}');
    expect(refusal(value).id).toBeUndefined();
    const facts: unknown = JSON.parse('{"id":1,"kafka":{"__proto__":{"kind":"cancel"}}}');
    expect(refusal(facts).reason).toContain('neither');
  });

  test('a reason quotes at most 40 characters, without line ends', () => {
    const { reason } = refusal({ id: 1, kafka: { kind: `a\n${'x'.repeat(10_000)}` } });
    expect(reason).toBe(`messages of kind ${JSON.stringify(`a\n${'x'.repeat(38)}`)} are not known here`);
  });
});
