import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { message } from '../../test/protocol/arbitrary-message.js';
import { decodeEnvelope } from './decode-envelope.js';
import { encodeEnvelope } from './envelope.js';
import type { CallMessage, Message } from './message.js';

// Compared by node:assert, since vitest takes an own key `constructor` for the constructor.
const roundTrip = (sent: Message): unknown => decodeEnvelope(JSON.parse(encodeEnvelope(sent)));

test('every message that was written is read as the same', () => {
  fc.assert(
    fc.property(message, (sent) => {
      deepStrictEqual(roundTrip(sent), { ok: true, message: sent });
    }),
    { numRuns: 1000 },
  );
});

test('an envelope is UTF-8 whatever texts it holds: lone surrogates travel as escapes', () => {
  fc.assert(
    fc.property(message, (sent) => {
      const bytes = new TextEncoder().encode(encodeEnvelope(sent));
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      deepStrictEqual(decodeEnvelope(JSON.parse(text)), { ok: true, message: sent });
    }),
  );
});

describe('payloads', () => {
  const call: CallMessage = {
    kind: 'call',
    id: 1,
    method: 'query',
    path: 'flights.search',
    input: undefined,
  };

  test('undefined stays undefined and null stays null, in inputs', () => {
    expect(roundTrip(call)).toStrictEqual({ ok: true, message: call });
    expect(roundTrip({ ...call, input: null })).toStrictEqual({
      ok: true,
      message: { ...call, input: null },
    });
  });

  test('undefined stays undefined and null stays null, in results', () => {
    for (const data of [undefined, null]) {
      const result: Message = { kind: 'data', id: 1, data };
      expect(roundTrip(result)).toStrictEqual({ ok: true, message: result });
    }
  });

  test('an error without a shape is still an error', () => {
    expect(roundTrip({ kind: 'error', id: 1, error: undefined })).toStrictEqual({
      ok: true,
      message: { kind: 'error', id: 1, error: null },
    });
  });

  test('keys that JavaScript treats specially are data and change nothing else', () => {
    const input: unknown = JSON.parse(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    );
    const connectionParams = JSON.parse('{"__proto__":"x","token":"t"}') as Record<string, string>;
    const sent: Message = { ...call, input, connectionParams };
    deepStrictEqual(roundTrip(sent), { ok: true, message: sent });
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  test('what JSON cannot write is thrown to who asked for it', () => {
    expect(() => encodeEnvelope({ ...call, input: 1n })).toThrow(TypeError);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => encodeEnvelope({ kind: 'data', id: 1, data: cycle })).toThrow(TypeError);
  });
});

test('envelopes are tRPC’s own, so a reader that knows nothing of Kafka finds its way', () => {
  const call: Message = {
    kind: 'call',
    id: 7,
    method: 'mutation',
    path: 'book',
    input: { seat: '12A' },
    timeoutMs: 500,
  };
  expect(JSON.parse(encodeEnvelope(call))).toStrictEqual({
    id: 7,
    method: 'mutation',
    params: { path: 'book', input: { seat: '12A' } },
    kafka: { timeoutMs: 500 },
  });
  expect(JSON.parse(encodeEnvelope({ kind: 'data', id: 7, data: 'ok', jsonrpc: '2.0' }))).toStrictEqual({
    id: 7,
    jsonrpc: '2.0',
    result: { type: 'data', data: 'ok' },
  });
});
