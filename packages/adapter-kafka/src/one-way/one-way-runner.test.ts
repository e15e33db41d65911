import { TRPCError } from '@trpc/server';
import type { IncomingRecord, KafkaRetryOptions } from '@trpc-kafka/core';
import { abortableDelay, createCounters } from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { ServedCall } from '../calls/served-call.js';
import { handlerCounterNames } from '../options.js';
import type { DeadLetter } from './dead-letter.js';
import { createOneWayRunner } from './one-way-runner.js';

const record: IncomingRecord = {
  topic: 'flights.one-way',
  partition: 0,
  offset: 7,
  timestampMs: 0,
  key: null,
  value: null,
  headers: {},
};

interface Harness {
  /** What the procedure does with an attempt. */
  readonly procedure: (call: ServedCall) => void | Promise<void>;
  readonly writeLetter?: (letter: DeadLetter) => Promise<void>;
  /** Told when the runner begins to wait; it really waits only where this is given. */
  readonly onDelay?: (call: ServedCall) => void;
  /** What the procedure says of its own retries. */
  readonly retry?: KafkaRetryOptions;
}

function createHarness({ procedure, writeLetter, onDelay, retry }: Harness) {
  const attempts: number[] = [];
  const failed: number[] = [];
  const delays: number[] = [];
  const letters: DeadLetter[] = [];
  let settled = 0;
  const counters = createCounters(handlerCounterNames);
  const closing = new AbortController();
  const call = new ServedCall({
    message: { kind: 'call', id: 1, method: 'mutation', path: 'audit', input: undefined, oneWay: true },
    req: {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestampMs: 0,
      key: null,
      headers: {},
      from: 'caller',
      idempotencyKey: undefined,
      oneWay: true,
      maybeRedelivered: false,
      attempt: 1,
    },
    replyTo: undefined,
    deadlineMs: undefined,
    batchIndex: 0,
    isBatchCall: false,
    onBegun() {},
    onSettled: () => settled++,
  });
  const run = createOneWayRunner({
    runner: {
      run: () => Promise.reject(new Error('no two-way call')),
      async runOneWay(served) {
        attempts.push(served.req.attempt);
        await procedure(served);
      },
    },
    deadLetters: {
      async write(letter) {
        await writeLetter?.(letter);
        letters.push(letter);
      },
    },
    settings: {
      maxConcurrentCalls: 1,
      maxUncommitted: 10,
      attempts: 4,
      initialDelayMs: 100,
      maxDelayMs: 250,
    },
    readProcedureOptions: async () => (retry === undefined ? {} : { retry }),
    counters,
    delay(ms, signal) {
      delays.push(ms);
      if (onDelay === undefined) return Promise.resolve();
      const waiting = abortableDelay(60_000, signal);
      onDelay(call);
      return waiting;
    },
    random: () => 1,
  });
  return {
    attempts,
    delays,
    letters,
    counters,
    closing,
    settled: () => settled,
    run: () => run(call, { record, ending: closing.signal, failed: (n) => failed.push(n) }),
    failed,
  };
}

const fail = (): never => {
  throw new Error('database away');
};

describe('createOneWayRunner', () => {
  test('settles a call that was carried out, once', async () => {
    const { run, settled, letters, attempts } = createHarness({ procedure() {} });
    await run();
    expect([settled(), letters, attempts]).toEqual([1, [], [1]]);
  });

  test('tries again with growing waits, then writes a dead letter, then settles', async () => {
    const { run, settled, letters, attempts, delays, counters } = createHarness({ procedure: fail });
    await run();
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(delays).toEqual([100, 200, 250]);
    expect(letters.map(({ code, attempts }) => ({ code, attempts }))).toEqual([
      { code: 'INTERNAL_SERVER_ERROR', attempts: 4 },
    ]);
    expect([settled(), counters.snapshot().retries]).toEqual([1, 3]);
  });

  test('a procedure can set its own retries, each of them by itself', async () => {
    const retry = { attempts: 3, initialDelayMs: 7 };
    const { run, attempts, delays, letters } = createHarness({ procedure: fail, retry });
    await run();
    expect([attempts, delays, letters[0]!.attempts]).toEqual([[1, 2, 3], [7, 14], 3]);
    const patient = createHarness({ procedure: fail, retry: { maxDelayMs: 500 } });
    await patient.run();
    expect(patient.delays).toEqual([100, 200, 400]);
  });

  test('does not try again what another attempt cannot cure', async () => {
    const { run, attempts, letters, settled } = createHarness({
      procedure() {
        throw new TRPCError({ code: 'BAD_REQUEST' });
      },
    });
    await run();
    expect([attempts, letters[0]!.code, settled()]).toEqual([[1], 'BAD_REQUEST', 1]);
  });

  test('a call that expires while it waits for its next attempt becomes a dead letter', async () => {
    const harness = createHarness({ procedure: fail, onDelay: (call) => call.expire() });
    await harness.run();
    expect(harness.attempts).toEqual([1]);
    expect(harness.letters[0]!.error.message).toBe('database away');
    expect(harness.letters[0]!.signal.aborted).toBe(false);
    expect(harness.settled()).toBe(1);
  });

  test('a call that expires while it runs and fails is not tried again', async () => {
    const harness = createHarness({
      procedure(call) {
        call.expire();
        fail();
      },
    });
    await harness.run();
    expect([harness.attempts, harness.letters.length, harness.settled()]).toEqual([[1], 1, 1]);
  });

  test('leaves a call that closing interrupts to the next owner of its partition', async () => {
    const harness = createHarness({ procedure: fail, onDelay: (call) => call.abort('closing') });
    await harness.run();
    expect([harness.letters.length, harness.settled()]).toEqual([0, 0]);
  });

  test('a call that waits for its next attempt does not hold up closing: the next owner makes that attempt', async () => {
    const harness = createHarness({ procedure: fail, onDelay: () => harness.closing.abort() });
    await harness.run();
    expect([harness.attempts, harness.letters.length, harness.settled()]).toEqual([[1], 0, 0]);
  });

  test('leaves a call whose dead letter could not be written before the end to the next owner', async () => {
    const harness = createHarness({
      procedure: fail,
      writeLetter() {
        harness.closing.abort();
        return Promise.reject(new Error('brokers away'));
      },
    });
    await harness.run();
    expect(harness.settled()).toBe(0);
  });
});
