import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RawRequestQueue } from './kafkajs-internals.js';
import { createTimeoutWatch } from './timeout-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue of kafkajs that connects and disconnects when the test wants it. */
function createQueue() {
  let connected = true;
  const late: number[] = [];
  const inflight = new Map<
    number,
    { sentAt: number | null; requestTimeout: number; timeoutRequest(): void }
  >();
  const queue = {
    inflight,
    isConnected: () => connected,
    scheduleRequestTimeoutCheck: () => expect.unreachable('a timer of its own'),
    destroy: vi.fn<() => void>(),
  };
  return {
    queue: queue as unknown as RawRequestQueue,
    destroyed: queue.destroy,
    late,
    send(id: number, requestTimeout: number, sentAt: number | null = Date.now()) {
      const timeoutRequest = (): void => {
        late.push(id);
        inflight.delete(id);
      };
      inflight.set(id, { sentAt, requestTimeout, timeoutRequest });
    },
    lose: () => {
      connected = false;
    },
  };
}

it('ends requests that are late, on any connection, by one timer', () => {
  const watch = createTimeoutWatch();
  const queues = [createQueue(), createQueue()];
  for (const { queue } of queues) {
    watch.adopt(queue);
    queue.scheduleRequestTimeoutCheck();
  }
  expect(vi.getTimerCount()).toBe(1);
  queues[0]!.send(1, 1000);
  queues[1]!.send(2, 1000);
  queues[1]!.send(3, 5000);
  queues[1]!.send(4, 10, null);
  vi.advanceTimersByTime(1000);
  expect(queues.map(({ late }) => late)).toEqual([[], []]);
  vi.advanceTimersByTime(250);
  expect(queues.map(({ late }) => late)).toEqual([[1], [2]]);
});

it('lets go of a queue that is not connected, and looks for nothing without any', () => {
  const watch = createTimeoutWatch();
  const one = createQueue();
  const other = createQueue();
  for (const { queue } of [one, other]) {
    watch.adopt(queue);
    queue.scheduleRequestTimeoutCheck();
  }
  one.lose();
  one.destroyed.mockClear();
  vi.advanceTimersByTime(250);
  expect(one.destroyed).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(1);
  other.queue.destroy();
  expect(vi.getTimerCount()).toBe(0);
  // It connects again.
  other.queue.scheduleRequestTimeoutCheck();
  other.send(1, 100);
  vi.advanceTimersByTime(500);
  expect(other.late).toEqual([1]);
});
