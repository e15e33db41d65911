import { TRPCError } from '@trpc/server';
import { createCounters } from '@trpc-kafka/core/internal';
import { expect, test } from 'vitest';
import { createServedCall } from '../../test/support/served-call.js';
import { handlerCounterNames } from '../options.js';
import { createStreamLimit } from './stream-limit.js';

const message = { kind: 'call', id: 1, method: 'subscription', path: 'feed', input: 0 } as const;

function createHarness(maxStreams: number) {
  const counters = createCounters(handlerCounterNames);
  const events: unknown[] = [];
  const logged: string[] = [];
  const limit = createStreamLimit({
    maxStreams,
    counters,
    logger: { debug() {}, info() {}, warn: (_, message) => void logged.push(message), error() {} },
    emit: (event) => void events.push(event),
  });
  const enter = (): unknown => {
    try {
      return limit.enter(createServedCall({ message }));
    } catch (error) {
      return error;
    }
  };
  return { counters, events, logged, limit, enter };
}

test('refuses one more than there may be, and tells of it', () => {
  const { enter, events, counters, limit } = createHarness(2);
  expect([enter(), enter()]).toEqual([undefined, undefined]);
  const refusal = enter();
  expect(refusal).toBeInstanceOf(TRPCError);
  expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS', message: expect.stringContaining('2 streams') });
  expect(events).toEqual([{ type: 'stream-refused', path: 'feed', maxStreams: 2 }]);
  expect(counters.snapshot().streamsRefused).toBe(1);
  limit.leave();
  expect([enter(), enter()]).toEqual([undefined, expect.any(TRPCError)]);
});

test('logs once while streams come and go at the limit, and again when it was left', () => {
  const { enter, logged, limit } = createHarness(10);
  for (let n = 0; n < 10; n++) enter();
  for (let n = 0; n < 5; n++) {
    enter();
    limit.leave();
    enter();
  }
  expect(logged).toHaveLength(1);
  limit.leave();
  limit.leave();
  for (let n = 0; n < 3; n++) enter();
  expect(logged).toHaveLength(2);
});
