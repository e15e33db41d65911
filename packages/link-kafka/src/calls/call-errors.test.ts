import { KafkaTransportError } from '@trpc-kafka/core';
import { expect, test } from 'vitest';
import { type TimeoutFacts, timeoutError } from './call-errors.js';
import type { PendingCall } from './pending-call.js';

const written = { type: 'query', path: 'flights.search', timeoutMs: 500, mayBeKnown: true } as const;
const call = written as PendingCall;
const sent = { ...written, sentTo: { topic: 'flights.requests', partition: 3, offset: 812 } } as PendingCall;
const away = new KafkaTransportError({
  code: 'BROKERS_UNREACHABLE',
  message: 'nobody at a:1',
  retryable: true,
});
const facts: TimeoutFacts = {
  requestTopic: 'flights.requests',
  groupId: 'flights',
  inbox: { topic: 'flights.replies', partition: 1, inboxId: 'x' },
  connectError: undefined,
  serverSeenMs: undefined,
  nowMs: 0,
};

test('a call that no broker confirmed points at the brokers, and says what is known of them', () => {
  const { code, message } = timeoutError(call, { ...facts, connectError: away });
  expect(code).toBe('TIMEOUT');
  expect(message).toMatch(/the brokers have not confirmed it.*they do not take records: nobody at a:1$/);
  expect(timeoutError(call, facts).message).toMatch(/they do not take records\.$/);
});

test('a call whose reply cannot be read blames no server', () => {
  const { message } = timeoutError(sent, { ...facts, connectError: away });
  expect(message).toMatch(
    /sent to flights\.requests\[3\] offset 812.*Replies cannot be read right now: nobody at a:1$/,
  );
});

test('a call that was sent and not answered asks for servers', () => {
  expect(timeoutError(sent, facts).message).toContain('Is a handler started, in group "flights"');
  expect(timeoutError(sent, { ...facts, serverSeenMs: -900 }).message).toContain('900 ms ago');
});

test('a call that was never sent has the code of what stood in its way, once', () => {
  const { code, message } = timeoutError(call, { ...facts, inbox: undefined, connectError: away });
  expect(code).toBe('BROKERS_UNREACHABLE');
  expect(message.match(/BROKERS_UNREACHABLE/g)).toHaveLength(1);
  expect(message).toContain('it was never sent. The client could not connect: nobody at a:1');
});
