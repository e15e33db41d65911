import { describe, expect, test } from 'vitest';
import { createServedCall } from '../../test/support/served-call.js';
import { fingerprintOf, identityOf } from './call-identity.js';

function callOf(facts: { id?: number; path?: string; key?: string; oneWay?: boolean; from?: string }) {
  const { id = 1, path = 'p', key, oneWay = false, from = 'A' } = facts;
  const call = createServedCall({ message: { kind: 'call', id, method: 'mutation', path, input: 1 }, from });
  call.req = { ...call.req, idempotencyKey: key, oneWay, headers: { tenant: from } };
  return call;
}
const keyOf = (facts: Parameters<typeof callOf>[0], scoped = false): string | undefined =>
  identityOf(callOf(facts), scoped ? ({ headers }) => headers['tenant']! : undefined).key;

describe('the key of a call', () => {
  test('is that of whoever calls the same procedure with it', () => {
    expect(keyOf({ key: 'k', id: 1, from: 'A' })).toBe(keyOf({ key: 'k', id: 2, from: 'B' }));
    expect(keyOf({})).toBeUndefined();
  });

  test('is another for another procedure, kind or scope, however the texts are cut', () => {
    const keys = [
      keyOf({ key: 'k' }),
      keyOf({ key: 'k', path: 'q' }),
      keyOf({ key: 'k', oneWay: true }),
      keyOf({ key: 'k' }, true),
      keyOf({ key: 'k', from: 'B' }, true),
      keyOf({ key: 'b', path: 'a.' }),
      keyOf({ key: '.b', path: 'a' }),
      keyOf({ key: '","', path: 'p' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('inputs are told apart, whatever they hold', () => {
  const deep: { in?: unknown } = {};
  deep.in = deep;
  const inputs = [
    undefined,
    null,
    0,
    '0',
    [],
    {},
    { a: 1 },
    { a: '1' },
    { a: 1n },
    new Date(0),
    Uint8Array.of(1),
  ];
  const told = inputs.map(fingerprintOf);
  expect(new Set(told.slice(1)).size).toBe(told.length - 1);
  expect(fingerprintOf({ a: [1, { b: 2n }] })).toBe(fingerprintOf({ a: [1, { b: 2n }] }));
  expect(fingerprintOf(deep)).toBe('');
});
