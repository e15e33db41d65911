import { type DriverEvent, KafkaTransportError } from '@trpc-kafka/core';
import { expect, test } from 'vitest';
import { logDriverEvents } from './log-driver-events.js';

/** A driver that says what the test wants. */
function createHarness() {
  const log: string[] = [];
  let nowMs = 0;
  let listener: (event: DriverEvent) => void = () => {};
  const note = (level: string) => (fields: object, message: string) =>
    void log.push(`${level} ${message}: ${String((fields as { groupId?: string }).groupId)}`);
  logDriverEvents(
    {
      on(given) {
        listener = given;
        return () => {};
      },
    },
    { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    () => nowMs,
  );
  return {
    log,
    emit: (event: DriverEvent) => listener(event),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

function groupFailed(code: 'BROKERS_UNREACHABLE' | 'AUTHORIZATION_FAILED'): DriverEvent {
  const error = new KafkaTransportError({ code, message: 'cannot read topic flights.requests' });
  return { type: 'group-failed', groupId: 'flights', error, restarting: true };
}

test('brokers that are lost and back are told once each; a first connection is no news', () => {
  const { log, emit } = createHarness();
  emit({ type: 'connected', brokers: ['a:1'] });
  expect(log).toEqual([]);
  emit({ type: 'connection-failed', brokers: ['a:1'], error: new Error('refused') });
  emit({ type: 'connected', brokers: ['a:1'] });
  expect(log).toEqual([
    'warn a broker cannot be reached: undefined',
    'info a broker can be reached again: undefined',
  ]);
});

test('a group whose coordinator is lost and back is told once each', () => {
  const { log, emit } = createHarness();
  emit({ type: 'group-interrupted', groupId: 'flights', error: new Error('refused') });
  emit({ type: 'group-recovered', groupId: 'flights' });
  expect(log).toEqual([
    'warn the coordinator of a group cannot be reached: flights',
    'info the coordinator of a group can be reached again: flights',
  ]);
});

test('a group that cannot be read is told once a minute, however often it is tried, and each cause by itself', () => {
  const { log, emit, pass } = createHarness();
  for (let attempt = 0; attempt < 61; attempt++) {
    emit(groupFailed('BROKERS_UNREACHABLE'));
    pass(1000);
  }
  expect(log).toEqual(Array.from({ length: 2 }, () => 'error calls are not read: flights'));
  emit(groupFailed('AUTHORIZATION_FAILED'));
  expect(log.length).toBe(3);
});

test('an inbox that may not be read is told, and when it may be again; one that only lost its brokers is not', () => {
  const { log, emit } = createHarness();
  const place = { topic: 'flights.control', partition: 0 };
  const interrupted = (code: 'BROKERS_UNREACHABLE' | 'AUTHORIZATION_FAILED', retryable: boolean): void =>
    emit({
      type: 'inbox-interrupted',
      ...place,
      error: new KafkaTransportError({ code, message: 'cannot read inbox flights.control[0]', retryable }),
    });
  interrupted('BROKERS_UNREACHABLE', true);
  emit({ type: 'inbox-recovered', ...place, offset: 7 });
  expect(log).toEqual([]);
  interrupted('AUTHORIZATION_FAILED', false);
  emit({ type: 'inbox-recovered', ...place, offset: 7 });
  expect(log).toEqual([
    'error an inbox cannot be read: undefined',
    'info an inbox can be read again: undefined',
  ]);
});
