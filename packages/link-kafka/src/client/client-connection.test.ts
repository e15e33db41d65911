import type { Inbox } from '@trpc-kafka/core/internal';
import { expect, test, vi } from 'vitest';
import { createClientConnection } from './client-connection.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A connection whose brokers and clock are the test. */
function createHarness(retryDelayMs: (attemptIndex: number) => number = () => 1000) {
  const timers = new Map<number, () => void>();
  const settle: { open: () => void; fail: (error: Error) => void }[] = [];
  let nextTimer = 0;
  const connection = createClientConnection({
    connect: () =>
      new Promise((resolve, reject) => settle.push({ open: () => resolve({} as Inbox), fail: reject })),
    retryDelayMs,
    obstacle: () => undefined,
    isHopeless: (error) => error.message === 'hopeless',
    onOpen() {},
    onFailed() {},
    clock: {
      now: () => 0,
      setTimeout(callback) {
        timers.set(++nextTimer, callback);
        return nextTimer;
      },
      clearTimeout: (timer) => void timers.delete(timer as number),
    },
  });
  const log: string[] = [];
  return {
    connection,
    timers,
    log,
    /** Attempts that go on. */
    attempts: () => settle.length,
    call: () =>
      connection.whenOpen({
        opened: () => void log.push('opened'),
        failed: (error) => void log.push(error.message),
      }),
    open: async () => {
      settle.shift()!.open();
      await turn();
    },
    fail: async (message: string) => {
      settle.shift()!.fail(new Error(message));
      await turn();
    },
  };
}

test('a call made between attempts is tried at once, and leaves one timer, however many there are', async () => {
  const { call, fail, timers, attempts, connection } = createHarness();
  for (let i = 0; i < 5; i++) {
    call();
    call();
    expect(attempts()).toBe(1);
    await fail('brokers away');
  }
  expect(timers.size).toBe(1);
  connection.close(new Error('closed'));
  expect(timers.size).toBe(0);
});

test('calls wait over failures that may pass, and fail at one that cannot', async () => {
  const { call, fail, open, log, timers } = createHarness();
  call();
  await fail('brokers away');
  expect(log).toEqual([]);
  for (const retry of timers.values()) retry();
  await fail('hopeless');
  expect(log).toEqual(['hopeless']);
  call();
  await open();
  expect([log, timers.size]).toEqual([['hopeless', 'opened'], 0]);
});

test('closing while it connects fails who waits, and what arrives later changes nothing', async () => {
  const { call, open, log, connection } = createHarness();
  call();
  connection.close(new Error('closed'));
  await open();
  call();
  expect([log, connection.isOpen(), connection.states.get().state]).toEqual([
    ['closed', 'closed'],
    false,
    'idle',
  ]);
});

test('a retryDelayMs that throws is told, and the attempts go on', async () => {
  const thrown: (() => void)[] = [];
  vi.stubGlobal('queueMicrotask', (callback: () => void) => thrown.push(callback));
  try {
    const { call, fail, timers } = createHarness(() => {
      throw new Error('no delay for you');
    });
    call();
    await fail('brokers away');
    expect(timers.size).toBe(1);
    expect(thrown[0]).toThrow('no delay for you');
  } finally {
    vi.unstubAllGlobals();
  }
});
