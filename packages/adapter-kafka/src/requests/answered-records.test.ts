import { describe, expect, test } from 'vitest';
import {
  bundleAt,
  callAt,
  createRequestConsumer,
  fresh,
  inDoubt,
  type RequestConsumerHarness,
  recordAt,
  turn,
} from '../../test/support/request-consumer.js';
import type { ServedCall } from '../calls/served-call.js';

/** A consumer whose answers to calls that are not run are on their way until the test says so. */
function createHarness(options: RequestConsumerHarness = {}) {
  const answered: ServedCall[] = [];
  const tested = createRequestConsumer({
    ...options,
    onAnswer(call) {
      call.replyTaken();
      answered.push(call);
    },
  });
  return {
    ...tested,
    /** The brokers have the first answer that they had not. */
    written: () => answered.shift()!.replyDone(),
    committable: (): number => {
      tested.ask('interval');
      return tested.commits.at(-1)!.offsets[0]!.offset;
    },
  };
}

const notACall = { ...callAt(0), value: Buffer.from('{"id":0,"method":"query","params":{"path":7}}') };

describe('a record is not committed before it is written', () => {
  test('that none of its calls can be read', async () => {
    const { assign, committed, read, happened, written, committable } = createHarness();
    assign(fresh(0));
    await committed();
    read(notACall);
    expect([happened(), committable()]).toEqual([['error 0'], 0]);
    written();
    expect(committable()).toBe(1);
  });

  test('that it holds more calls than it may', async () => {
    const { assign, committed, read, happened, written, committable } = createHarness({
      batchLimit: { maxBatchSize: 1 },
    });
    assign(fresh(0));
    await committed();
    read(bundleAt(0, [1, 2]));
    written();
    expect([happened(), committable()]).toEqual([['error 1', 'error 2'], 0]);
    written();
    expect(committable()).toBe(1);
  });

  test('that an interceptor refuses its calls', async () => {
    const { assign, committed, read, happened, written, committable } = createHarness({
      interceptors: [{ afterReceive: () => Promise.reject(new Error('not these')) }],
    });
    assign(fresh(0));
    await committed();
    read(callAt(0));
    await turn();
    expect([happened(), committable()]).toEqual([['error 0'], 0]);
    written();
    expect(committable()).toBe(1);
  });

  test('that nobody knows whether an owner that died has run it, and what else it holds is done', async () => {
    const { assign, committed, read, happened, end, written, committable } = createHarness();
    assign(inDoubt(1));
    await committed();
    const calls = [
      { id: 1, method: 'mutation' },
      { id: 2, method: 'query' },
    ] as const;
    read(recordAt({ partition: 0, offset: 0 }, calls));
    await turn();
    expect(happened()).toEqual(['maybe-executed 1', 'run 2']);
    written();
    expect(committable()).toBe(0);
    end(2);
    expect(committable()).toBe(1);
  });
});
