import { KafkaTransportError } from '@trpc-kafka/core';
import { describe, expect, test, vi } from 'vitest';
import {
  callOf,
  createReplySenderHarness,
  inbox,
  type ReplySenderHarness,
  type TestedReplySender,
} from '../../test/support/tested-reply-sender.js';
import type { ServedCall } from '../calls/served-call.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const tooLarge = new KafkaTransportError({ code: 'PAYLOAD_TOO_LARGE', message: 'above max.message.bytes' });
const notWritten = new KafkaTransportError({ code: 'PRODUCE_FAILED', message: 'no leader' });
const away = new KafkaTransportError({ code: 'PRODUCE_FAILED', message: 'no leader', retryable: true });

/** A sender, and calls that tell when their records are done with. */
function createHarness(options: ReplySenderHarness = {}) {
  const tested = createReplySenderHarness(options);
  const settled: number[] = [];
  return { ...tested, settled, create: (id: number) => callOf(id, () => settled.push(id)) };
}

/** Sends what a call came to, and ends it, as its runner does. */
function answer({ send }: TestedReplySender, call: ServedCall): void {
  send(call);
  call.end();
}

describe('the record of a call', () => {
  test('waits until brokers have the reply', () => {
    const harness = createHarness();
    for (const id of [1, 2]) answer(harness, harness.create(id));
    expect(harness.settled).toEqual([]);
    harness.deliver();
    expect(harness.settled).toEqual([1, 2]);
  });

  test('waits for nothing where nothing was sent', () => {
    const { create, settled } = createHarness();
    create(1).end();
    expect(settled).toEqual([1]);
  });

  test('waits for the resolver, too, whose stream has not started when its first reply is written', () => {
    const { create, send, deliver, settled } = createHarness();
    const call = create(1);
    send(call, 0);
    deliver();
    expect(settled).toEqual([]);
    call.settle();
    expect(settled).toEqual([1]);
  });

  test('waits until a stream has started, and not for its items, however many are on their way', () => {
    const { create, send, deliver, form, settled } = createHarness();
    const call = create(1);
    send(call, 0);
    call.settle();
    expect(settled).toEqual([]);
    deliver();
    expect(settled).toEqual([1]);
    for (const seq of [1, 2]) send(call, seq);
    call.end();
    expect([form().length, settled]).toEqual([1, [1]]);
  });

  test('waits for an interceptor', async () => {
    let pass: () => void = () => {};
    const harness = createHarness({
      interceptors: [{ beforeSend: () => new Promise<void>((resolve) => (pass = resolve)) }],
    });
    answer(harness, harness.create(1));
    await turn();
    harness.deliver();
    expect(harness.settled).toEqual([]);
    pass();
    await turn();
    harness.deliver();
    expect(harness.settled).toEqual([1]);
  });

  test.each<readonly [string, ReplySenderHarness]>([
    ['an interceptor', { interceptors: [{ beforeSend: () => Promise.reject(new Error('no')) }] }],
    [
      'an interceptor at once',
      {
        interceptors: [
          {
            beforeSend() {
              throw new Error('no');
            },
          },
        ],
      },
    ],
    ['what is known of the topic', { isKnown: false, countPartitions: async () => undefined }],
    ['brokers that cannot be asked', { isKnown: false, countPartitions: () => Promise.reject(away) }],
  ])('waits no more when the reply is refused by %s', async (_, options) => {
    const harness = createHarness(options);
    for (const id of [1, 2]) answer(harness, harness.create(id));
    await turn();
    expect([harness.settled, harness.counters.snapshot().repliesRefused]).toEqual([[1, 2], 2]);
  });

  test('waits no more when the reply is not written', () => {
    const harness = createHarness();
    for (const error of [notWritten, away]) {
      answer(harness, harness.create(1));
      harness.refuse(error);
      expect(harness.settled.splice(0)).toEqual([1]);
    }
  });

  test('waits for what is sent in the place of what is too large, and for each of those that are sent by themselves', () => {
    const harness = createHarness({
      onUnwritten: (call) => void harness.sender.send(inbox, { kind: 'error', id: 1, error: 'large' }, call),
    });
    for (const id of [1, 2]) answer(harness, harness.create(id));
    harness.refuse(tooLarge);
    expect(harness.settled).toEqual([]);
    const [guilty] = harness.entries;
    guilty!.toRecord({ partitionFor: () => 0 });
    guilty!.failed(tooLarge);
    expect(harness.settled).toEqual([]);
    harness.deliver();
    expect(new Set(harness.settled)).toEqual(new Set([1, 2]));
  });

  test('waits on while it is written again that a stream has started', () => {
    vi.useFakeTimers();
    try {
      const { create, send, refuse, deliver, settled } = createHarness();
      const call = create(1);
      send(call, 0);
      call.settle();
      for (let attempt = 0; attempt < 3; attempt++) {
        refuse(away);
        vi.advanceTimersByTime(100);
        expect(settled).toEqual([]);
      }
      deliver();
      expect(settled).toEqual([1]);
    } finally {
      vi.useRealTimers();
    }
  });
});
