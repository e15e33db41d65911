import {
  type CallContext,
  type CallMessage,
  type Credit,
  currentCallContext,
  expectNestedCalls,
  runInCallContext,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { createServedCall } from '../../test/support/served-call.js';
import type { Replier } from '../replies/replier.js';
import type { ClientStreams } from '../streams/client-streams.js';
import type { ServedCall } from './served-call.js';
import { createSubscriptionSender, subscriptionItems } from './stream-items.js';
import { startStream } from './stream-session.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const progress = { ctx: undefined, input: undefined };

interface Options {
  readonly credit?: Credit;
  readonly bytesPerItem?: number | undefined;
}

/** A stream whose receiver is the test. */
function createHarness({ credit = { items: 100, bytes: 1000 }, ...options }: Options = {}) {
  const bytesPerItem = 'bytesPerItem' in options ? options.bytesPerItem : 1;
  const log: unknown[] = [];
  const message: CallMessage = { kind: 'call', id: 1, method: 'subscription', path: 's', input: 0, credit };
  const call = createServedCall({
    message,
    onSettled: () => log.push('settled'),
  });
  const replier: Replier = {
    data(_, data, item) {
      log.push(bytesPerItem === undefined ? 'unsendable' : `${item!.seq}:${String(data)}`);
      return bytesPerItem;
    },
    plain: (_, { kind }) => void log.push(kind),
    error: (_, cause, { seq }) => void log.push(`error ${seq} ${(cause as Error).message}`),
    notify: () => true,
    handedOver: async () => {},
    report: (_, cause) => void log.push(`reported ${(cause as Error).message}`),
    chunk: () => undefined,
    shapeOf: (_, cause) => ({ code: -32603, message: (cause as Error).message, data: {} }),
    serialize: (value) => value,
    unwritten() {},
  };
  return {
    call,
    log,
    /** Resolves when the stream is over. */
    run: (result: unknown) =>
      new Promise<ServedCall>((onEnd) => {
        const items = subscriptionItems(call, result);
        const send = createSubscriptionSender(replier);
        startStream({ call, items, send, progress }, { replier, streams, onEnd });
      }),
  };
}

/** Leases are tested on their own. */
const streams: ClientStreams = {
  opened: () => ({ spoke() {}, leave() {} }),
  heard() {},
  goAway() {},
  close() {},
};

type Harness = ReturnType<typeof createHarness>;

/** Yields so many numbers, and tells when it was disposed and whether the signal had been aborted by then. */
async function* countTo(end: number, { log, call }: Harness): AsyncGenerator<number> {
  try {
    for (let n = 1; n <= end; n++) yield n;
  } finally {
    log.push(call.controller.signal.aborted ? 'disposed, aborted' : 'disposed');
  }
}

describe('startStream', () => {
  test('settles once it has started, and stops after the generator has come to its end', async () => {
    const harness = createHarness();
    await harness.run(countTo(2, harness));
    expect(harness.log).toEqual(['started', 'settled', '1:1', '2:2', 'disposed', 'stopped']);
  });

  test('pulls nothing that the receiver does not take, and goes on when it does', async () => {
    const harness = createHarness({ credit: { items: 2, bytes: 1000 } });
    const running = harness.run(countTo(3, harness));
    await turn();
    expect(harness.log.at(-1)).toBe('2:2');
    harness.call.stream!.grant({ items: 1, bytes: 1 });
    await turn();
    expect(harness.log.at(-1)).toBe('2:2');
    harness.call.stream!.grant({ items: 10, bytes: 1000 });
    await running;
    expect(harness.log.slice(-3)).toEqual(['3:3', 'disposed', 'stopped']);
  });

  test('its generator goes on, and ends, in the context of its call, whoever grants or aborts', async () => {
    expectNestedCalls();
    const harness = createHarness({ credit: { items: 1, bytes: 1000 } });
    const seen: unknown[] = [];
    const see = (): void => void seen.push(currentCallContext()?.path);
    async function* looking(): AsyncGenerator<number> {
      try {
        for (let n = 1; ; n++) {
          see();
          yield n;
        }
      } finally {
        see();
      }
    }
    const context: CallContext = {
      path: 'mine',
      deadlineMs: undefined,
      signal: harness.call.controller.signal,
      traceHeaders: {},
    };
    const running = runInCallContext(
      () => context,
      () => harness.run(looking()),
    );
    await turn();
    const other = { ...context, path: 'of another call' };
    runInCallContext(
      () => other,
      () => harness.call.stream!.grant({ items: 2, bytes: 1000 }),
    );
    await turn();
    runInCallContext(
      () => other,
      () => harness.call.abort('cancelled'),
    );
    await running;
    expect(seen).toEqual(['mine', 'mine', 'mine']);
  });

  test('an abort ends a stream that waits for credit, the signal first', async () => {
    const harness = createHarness({ credit: { items: 1, bytes: 1000 } });
    const running = harness.run(countTo(9, harness));
    await turn();
    harness.call.abort('cancelled');
    await running;
    expect(harness.log.slice(2)).toEqual(['1:1', 'disposed, aborted']);
  });

  test('an abort ends a stream that waits for its next item', async () => {
    const harness = createHarness();
    let returned = 0;
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: () => {
          returned++;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    const running = harness.run(silent);
    await turn();
    harness.call.abort('cancelled');
    await running;
    expect([returned, harness.log]).toEqual([1, ['started', 'settled']]);
  });

  test('a call that was cancelled before its resolver returned is disposed unread', async () => {
    const harness = createHarness();
    let pulled = false;
    let returned = false;
    harness.call.abort('cancelled');
    await harness.run({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          pulled = true;
          return { done: true as const, value: undefined };
        },
        return: async () => {
          returned = true;
          return { done: true as const, value: undefined };
        },
      }),
    });
    expect([pulled, returned, harness.log]).toEqual([false, true, []]);
  });

  test('aborts the signal before it disposes of a stream that failed, then tells the error', async () => {
    const harness = createHarness();
    async function* failing(): AsyncGenerator<number> {
      try {
        yield 1;
        throw new Error('sold out');
      } finally {
        await Promise.resolve();
      }
    }
    await harness.run(failing());
    expect(harness.log.slice(2)).toEqual(['1:1', 'error 2 sold out']);
    expect(harness.call.controller.signal.aborted).toBe(true);
  });

  test('an error while disposing is reported, and the stream is over all the same', async () => {
    const harness = createHarness();
    let n = 0;
    await harness.run({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: n++ > 0, value: n }),
        return: () => Promise.reject(new Error('cannot close')),
      }),
    });
    expect(harness.log.slice(2)).toEqual(['1:1', 'reported cannot close', 'stopped']);
  });

  test('a closing server ends the stream with an error, so that it is not taken for the end', async () => {
    const harness = createHarness({ credit: { items: 1, bytes: 1000 } });
    const running = harness.run(countTo(9, harness));
    await turn();
    harness.call.abort('closing');
    await running;
    expect(harness.log.at(-1)).toMatch(/^error 2 The server instance was closed/);
  });

  test('a stream of which something was not written ends as lost; one whose item brokers refuse has its error already', async () => {
    for (const [reason, end] of [
      ['unwritten', 'lost'],
      ['refused', 'disposed, aborted'],
    ] as const) {
      const harness = createHarness({ credit: { items: 1, bytes: 1000 } });
      const running = harness.run(countTo(9, harness));
      await turn();
      harness.call.abort(reason);
      await running;
      expect(harness.log.at(-1)).toBe(end);
    }
  });

  test('an item that cannot be sent is the last', async () => {
    const harness = createHarness({ bytesPerItem: undefined });
    await harness.run(countTo(9, harness));
    expect(harness.log.slice(2)).toEqual(['unsendable', 'disposed, aborted']);
  });

  test('refuses what is no stream', async () => {
    const harness = createHarness();
    await expect(harness.run(7)).rejects.toThrow('did not return an observable or a AsyncGenerator');
  });
});
