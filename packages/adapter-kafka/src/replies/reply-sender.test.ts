import type { RecordCodec, RecordInterceptor } from '@trpc-kafka/core';
import { KafkaTransportError } from '@trpc-kafka/core';
import { createCodecTable } from '@trpc-kafka/core/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { callOf, createReplySenderHarness, inbox } from '../../test/support/tested-reply-sender.js';
import type { ServedCall } from '../calls/served-call.js';
import { ReplyTooLarge } from './reply-sender.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A codec that stands for any that writes bytes. */
const lengths: RecordCodec = {
  name: 'lengths',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(String(Buffer.from(bytes as Uint8Array))),
};

const tooLarge = new KafkaTransportError({ code: 'PAYLOAD_TOO_LARGE', message: 'above max.message.bytes' });

const idsOf = (formed: readonly { ids: readonly number[] }[]): readonly (readonly number[])[] =>
  formed.map(({ ids }) => ids);

describe('createReplySender', () => {
  test('bundles what is for one inbox until its batch is formed', () => {
    const { reply, form } = createReplySenderHarness();
    reply(1);
    reply(2, { ...inbox, inboxId: 'B'.repeat(22) });
    reply(3);
    expect(idsOf(form())).toEqual([[1, 3], [2]]);
    reply(4);
    expect(idsOf(form())).toEqual([[4]]);
  });

  test('what could not be written for one reason is logged once, and counted each', () => {
    const { reply, entries, logged, counters } = createReplySenderHarness();
    for (const letter of ['B', 'C', 'D']) reply(1, { ...inbox, inboxId: letter.repeat(22) });
    const reason = new Error('no right to write');
    for (const entry of entries) entry.failed(reason);
    expect([entries.length, counters.snapshot().repliesFailed, logged]).toEqual([
      3,
      3,
      ['replies could not be written'],
    ]);
  });

  test('replies in different codecs have records of their own, in order', () => {
    const { sender, entries } = createReplySenderHarness();
    const codec = createCodecTable([lengths], 'codecs').get('lengths')!;
    for (const to of [inbox, { ...inbox, codec }, { ...inbox, codec }, inbox]) {
      sender.send(to, { kind: 'data', id: 1, data: 'x' });
    }
    const records = entries.map((entry) => entry.toRecord({ partitionFor: () => 0 })!);
    expect(records.map(({ headers }) => headers['trpc-kafka'])).toEqual([
      '1;json',
      '1;lengths;parts=2',
      '1;json',
    ]);
    expect(records.map(({ value }) => typeof value)).toEqual(['string', 'object', 'string']);
  });

  test('a bundle has at most 64 envelopes', () => {
    const { reply, form } = createReplySenderHarness();
    for (let id = 0; id < 65; id++) reply(id);
    expect(form().map(({ ids }) => ids.length)).toEqual([64, 1]);
  });

  test('does not bundle for two partitions under one inbox id, as a forged address may have it', () => {
    const { reply, form } = createReplySenderHarness();
    reply(1);
    reply(2, { ...inbox, partition: 3 });
    expect(form().map(({ record }) => record.partition)).toEqual([0, 3]);
  });

  test('keeps the order of one inbox while the brokers are asked about its topic', async () => {
    let answer: (partitions: number) => void = () => {};
    const { reply, form } = createReplySenderHarness({
      isKnown: false,
      countPartitions: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    for (const id of [1, 2, 3]) reply(id);
    expect(form()).toEqual([]);
    answer(12);
    await turn();
    reply(4);
    expect(idsOf(form())).toEqual([[1, 2, 3, 4]]);
  });

  test('tells when all replies are handed over, also those that waited for brokers or interceptors', async () => {
    const passes: (() => void)[] = [];
    let answer: (partitions: number) => void = () => {};
    const { sender, reply, form } = createReplySenderHarness({
      isKnown: false,
      countPartitions: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      interceptors: [{ beforeSend: () => new Promise<void>((resolve) => passes.push(resolve)) }],
    });
    await sender.handedOver();
    reply(1);
    let handedOver = false;
    const told = sender.handedOver().then(() => {
      handedOver = true;
    });
    answer(12);
    await turn();
    expect([handedOver, passes.length]).toEqual([false, 1]);
    passes[0]!();
    await told;
    expect(idsOf(form())).toEqual([[1]]);
  });

  test('keeps the order behind an interceptor that takes its time', async () => {
    const passes: (() => void)[] = [];
    const slow: RecordInterceptor = {
      beforeSend: () => new Promise<void>((resolve) => passes.push(resolve)),
    };
    const { reply, form } = createReplySenderHarness({ interceptors: [slow] });
    reply(1);
    reply(2);
    await turn();
    passes.pop()!();
    await turn();
    passes.pop()!();
    await turn();
    expect(idsOf(form())).toEqual([[1, 2]]);
  });

  test.each([
    ['one of the service own topics', { ...inbox, topic: 'flights.requests' }, 'is not allowed'],
    ['a topic of another kind', { ...inbox, topic: 'payments' }, 'is not allowed'],
    ['a partition that does not exist', { ...inbox, partition: 12 }, 'has 12 partitions'],
  ])('refuses %s', async (_, to, reason) => {
    const { reply, form, refused, counters } = createReplySenderHarness();
    reply(1, to);
    await turn();
    expect(form()).toEqual([]);
    expect(refused[0]).toContain(reason);
    expect(counters.snapshot().repliesRefused).toBe(1);
  });

  test('an interceptor that refuses, or adds a header that cannot be written, costs that reply alone', async () => {
    let nth = 0;
    const faulty: RecordInterceptor = {
      async beforeSend({ headers }) {
        nth++;
        if (nth === 1) throw new Error('not this one');
        if (nth === 2) headers['size'] = 7 as unknown as string;
      },
    };
    const { reply, form, refused } = createReplySenderHarness({ interceptors: [faulty] });
    for (const id of [1, 2, 3]) reply(id);
    await turn();
    expect(idsOf(form())).toEqual([[3]]);
    expect(refused).toEqual(['not this one', expect.stringContaining('the value of header "size"')]);
  });

  test('takes nothing of a reply that is too large', () => {
    const { sender, form } = createReplySenderHarness();
    const large = { kind: 'data', id: 1, data: 'x'.repeat(10_000) } as const;
    expect(() => sender.send(inbox, large)).toThrow(ReplyTooLarge);
    expect(form()).toEqual([]);
  });

  test('asks again when the brokers could not be asked', async () => {
    let isAway = true;
    const { reply, form, refused } = createReplySenderHarness({
      isKnown: false,
      countPartitions: () => (isAway ? Promise.reject(new Error('brokers away')) : Promise.resolve(12)),
    });
    reply(1);
    await turn();
    isAway = false;
    reply(2);
    await turn();
    expect([refused, idsOf(form())]).toEqual([['brokers away'], [[2]]]);
  });

  test('what brokers refuse for its size is sent by itself: only the guilty one fails, and its caller is told', () => {
    const { reply, item, form, refuse, unwritten, failed, counters } = createReplySenderHarness();
    for (const id of [1, 2]) reply(id);
    item(3, 7);
    refuse(tooLarge);
    expect([unwritten, failed]).toEqual([[], []]);
    const alone = form();
    expect(idsOf(alone)).toEqual([[1], [2], [3]]);
    item(3, 7);
    refuse(tooLarge);
    expect([unwritten, failed, counters.snapshot().repliesFailed]).toEqual([
      ['3 7 PAYLOAD_TOO_LARGE'],
      ['p3'],
      1,
    ]);
  });

  describe('what brokers that are away did not take in time', () => {
    const away = new KafkaTransportError({ code: 'PRODUCE_FAILED', message: 'no leader', retryable: true });
    const pause = (): void => void vi.advanceTimersByTime(100);
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    test('is written again where a stream waits for it, in its order; of calls it is told, which have their deadlines', () => {
      const { reply, item, form, refuse, unwritten, counters } = createReplySenderHarness();
      reply(1);
      for (const seq of [4, 5]) item(2, seq);
      for (let attempt = 0; attempt < 100; attempt++) {
        refuse(away);
        expect(form()).toEqual([]);
        pause();
      }
      const [{ record, ids } = { record: undefined, ids: [] }] = form();
      expect(ids).toEqual([2, 2]);
      expect(JSON.parse(String(record!.value))).toMatchObject([{ kafka: { seq: 4 } }, { kafka: { seq: 5 } }]);
      expect([unwritten, counters.snapshot().repliesFailed]).toEqual([['1 undefined PRODUCE_FAILED'], 1]);
    });

    test('is told of a stream that was ended meanwhile, and in the end of one that has come to its end', () => {
      const { send, form, refuse, unwritten } = createReplySenderHarness();
      const [running, gone, over] = [1, 2, 3].map((id) => callOf(id)) as [ServedCall, ServedCall, ServedCall];
      for (const call of [running, gone, over]) send(call, 9);
      refuse(away);
      gone.abortReason = 'client-lost';
      over.isOver = true;
      pause();
      refuse(away);
      expect(unwritten).toEqual(['2 9 PRODUCE_FAILED']);
      for (let attempt = 0; attempt < 20; attempt++) {
        pause();
        refuse(away);
      }
      expect(unwritten.slice(1)).toEqual(['3 9 PRODUCE_FAILED']);
      pause();
      expect(idsOf(form())).toEqual([[1]]);
    });
  });

  test('what is not written for another reason is told of every call in it, and not tried again', () => {
    const { reply, item, form, refuse, unwritten, sender } = createReplySenderHarness();
    reply(1);
    item(2, 4);
    sender.send(inbox, { kind: 'heartbeat' });
    refuse(new KafkaTransportError({ code: 'PRODUCE_FAILED', message: 'no leader' }));
    expect([unwritten, form()]).toEqual([['1 undefined PRODUCE_FAILED', '2 4 PRODUCE_FAILED'], []]);
  });
});
