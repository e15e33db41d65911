import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { OutgoingInterception, RecordInterceptor } from './record-interceptor.js';
import { assertUserHeaders, runAfterReceive, runBeforeSend } from './run-interceptors.js';

const record: OutgoingInterception = { purpose: 'call', topic: 't', calls: [], headers: {} };

describe('runBeforeSend', () => {
  test('runs in order, and makes no promise where no interceptor does', () => {
    const log: number[] = [];
    const interceptors: RecordInterceptor[] = [1, 2, 3].map((n) => ({
      beforeSend: () => void log.push(n),
    }));
    expect(runBeforeSend([...interceptors, {}], record)).toBeUndefined();
    expect(log).toEqual([1, 2, 3]);
  });

  test('waits for one before it asks the next', async () => {
    const log: string[] = [];
    const slow: RecordInterceptor = {
      async beforeSend() {
        await Promise.resolve();
        log.push('slow');
      },
    };
    const waits = runBeforeSend([slow, { beforeSend: () => void log.push('next') }], record);
    expect(log).toEqual([]);
    await waits;
    expect(log).toEqual(['slow', 'next']);
  });

  test('asks none behind one that refuses', async () => {
    const log: string[] = [];
    const next: RecordInterceptor = { beforeSend: () => void log.push('next') };
    const refusing: RecordInterceptor = {
      beforeSend() {
        throw new Error('no');
      },
    };
    expect(() => runBeforeSend([refusing, next], record)).toThrow('no');
    const late: RecordInterceptor = { beforeSend: () => Promise.reject(new Error('no, later')) };
    await expect(runBeforeSend([late, next], record)).rejects.toThrow('no, later');
    expect(log).toEqual([]);
  });

  test('waits for promises of other libraries, too', async () => {
    // A promise of another realm, as of a worker or a test runner, is no instance of this one's class.
    const foreign: unknown = runInNewContext("Promise.reject(new Error('refused'))");
    expect(foreign instanceof Promise).toBe(false);
    const interceptor: RecordInterceptor = {
      afterReceive: () => foreign as Promise<void>,
    };
    const incoming = { ...record, position: { topic: 't', partition: 0, offset: 0 }, timestampMs: 0 };
    await expect(runAfterReceive([interceptor], incoming)).rejects.toThrow('refused');
  });
});

describe('assertUserHeaders', () => {
  test.each([
    [{ 'trpc-kafka': 'x' }, 'the header name "trpc-kafka" is reserved'],
    [{ 'trpc-kafka-to': 'x' }, 'is reserved'],
    [{ size: 7 }, 'the value of header "size" is a number; give a text'],
    [{ gone: undefined }, 'the value of header "gone" is a undefined'],
  ])('refuses %o', (headers, message) => {
    expect(() => assertUserHeaders(headers)).toThrow(message);
  });

  test('takes texts', () => {
    expect(() => assertUserHeaders({ traceparent: '00-1-2-01', 'x-empty': '' })).not.toThrow();
  });
});
