import type { CallId } from '@trpc-kafka/core/internal';
import { expect, test } from 'vitest';
import { PendingCall } from './pending-call.js';
import { createPendingCalls } from './pending-calls.js';

test('ids are compared as texts: 17 and "17" are the same call, other texts of the same number are none', () => {
  const calls = createPendingCalls();
  const owner = { settle() {}, sent() {}, answered() {}, turnAway() {}, timeoutError: () => new Error() };
  const listener = { message() {}, failed() {} };
  const add = (id: CallId): PendingCall => {
    const facts = { type: 'query', path: 'p', timeoutMs: 1000, deadlineMs: Date.now() + 60_000 } as const;
    const call = new PendingCall({ ...facts, id, listener, owner });
    calls.add(call);
    return call;
  };
  const [zero, call] = [add(0), add(17)];
  expect([calls.get(17), calls.get('17'), calls.get('0')]).toEqual([call, call, zero]);
  for (const id of ['017', '1.7e1', '0x11', ' 17', '', '18']) expect(calls.get(id)).toBeUndefined();
  calls.close();
});
