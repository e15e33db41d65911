import type { KafkaTransportError, OutgoingRecord } from '@trpc-kafka/core';
import {
  type BatchEntry,
  createCounters,
  type InboxAddress,
  type RecordBatcher,
  type ReplyMessage,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { createPendingCalls } from '../calls/pending-calls.js';
import type { ClientConnection, ConnectionWaiter } from '../client/client-connection.js';
import { clientCounterNames } from '../options.js';
import type { ReplyInbox } from '../replies/reply-inbox.js';
import { createServiceAsker, type Question } from './service-asker.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const position = { topic: 'checkout.replies', partition: 0, offset: 0 };
const serverAt = (inboxId: string, topic = 'flights.control'): InboxAddress => ({
  topic,
  partition: 0,
  inboxId,
});

interface AskerSettings {
  readonly isOpen?: boolean;
  readonly partitions?: number;
  readonly maxPendingCalls?: number;
}

/** An asker whose brokers, connection and clock are the test. */
function createHarness({ isOpen = true, partitions = 2, maxPendingCalls = 10 }: AskerSettings = {}) {
  let fire: (() => void) | undefined;
  let nowMs = Date.now();
  const calls = createPendingCalls({
    now: () => nowMs,
    setTimeout: (callback) => {
      fire = callback;
      return callback;
    },
    clearTimeout() {},
  });
  const counters = createCounters(clientCounterNames);
  const entries: BatchEntry[] = [];
  const waiters = new Set<ConnectionWaiter>();
  const control: unknown[] = [];
  const uses: string[] = [];
  const log: string[] = [];
  const asker = createServiceAsker({
    controlTopic: 'flights.control',
    replies: { calls } as ReplyInbox,
    connection: {
      isOpen: () => isOpen,
      lastError: () => undefined,
      whenOpen: (waiter: ConnectionWaiter) => waiters.add(waiter),
      forget: (waiter: ConnectionWaiter) => waiters.delete(waiter),
    } as unknown as ClientConnection,
    use: { begin: () => uses.push('begin'), end: () => uses.push('end'), stop() {} },
    counters,
    batcher: { add: (entry: BatchEntry) => void entries.push(entry) } as RecordBatcher,
    countPartitions: async () => partitions,
    control: { send: (message) => void control.push(message), handedOver: async () => {} },
    maxPendingCalls,
  });
  const ask = (question: Partial<Question> = {}) =>
    asker.ask(
      {
        what: 'the question',
        timeoutMs: 1000,
        cancels: true,
        write: ({ id }) => ({ value: String(id), bytes: 1, headers: {} }),
        ...question,
      },
      {
        answer(message, { instanceId }) {
          if (message.kind === 'started') return false;
          log.push(`${message.kind} of ${instanceId}`);
          return true;
        },
        unreadable: (error, { instanceId }) => void log.push(`${error.message} of ${instanceId}`),
        written: () => void log.push('written'),
        failed: (error) => void log.push(`partly: ${error.message}`),
        ended: (error) =>
          void log.push(
            error === undefined ? 'ended' : `ended: ${(error as KafkaTransportError).code ?? error.message}`,
          ),
      },
    );
  const data = (id: number): ReplyMessage => ({ kind: 'data', id, data: 1 });
  return {
    asker,
    ask,
    calls,
    counters,
    entries,
    waiters,
    control,
    uses,
    happened: async () => {
      await turn();
      return log.splice(0);
    },
    answer: (server: InboxAddress | undefined, message: ReplyMessage = data(1)) =>
      calls.deliver(message, { position, server }),
    write: (): (OutgoingRecord | undefined)[] =>
      entries.map((entry) => entry.toRecord({ partitionFor: () => 0 })),
    expireAll: () => {
      nowMs += 100_000;
      fire?.();
    },
  };
}

describe('a question', () => {
  test('is written to every partition, and answered once by each instance of this service', async () => {
    const { ask, entries, write, answer, happened, calls, counters } = createHarness({ partitions: 3 });
    ask();
    await turn();
    expect(write().map((record) => [record?.topic, record?.partition, record?.value])).toEqual(
      [0, 1, 2].map((partition) => ['flights.control', partition, '1']),
    );
    for (const entry of entries) entry.delivered(position);
    expect([answer(serverAt('a')), answer(serverAt('a')), answer(serverAt('b'))]).toEqual([
      true,
      false,
      true,
    ]);
    expect(answer(serverAt('c', 'hotels.control'))).toBe(false);
    expect(answer(undefined)).toBe(false);
    expect(answer(serverAt('d'), { kind: 'started', id: 1, seq: 0, features: [] })).toBe(false);
    calls.get(1)!.unreadable(new Error('torn'), { position, server: serverAt('d') });
    expect(answer(serverAt('d'))).toBe(false);
    expect(await happened()).toEqual(['written', 'data of a', 'data of b', 'torn of d']);
    expect(counters.snapshot().gathers).toBe(1);
  });

  test('that is left is not written any more; one that was, is cancelled, where that matters', async () => {
    const { ask, write, control, answer, entries, uses } = createHarness();
    const unwritten = ask()!;
    await turn();
    unwritten.leave();
    expect(write()).toEqual([undefined, undefined]);
    expect(control).toEqual([]);
    entries.splice(0);
    const written = ask()!;
    const hello = ask({ cancels: false })!;
    await turn();
    write();
    written.leave();
    written.leave();
    hello.leave();
    expect(control).toEqual([{ kind: 'cancel', id: 2 }]);
    expect(answer(serverAt('a'), { kind: 'data', id: 2, data: 1 })).toBe(false);
    expect(uses).toEqual(['begin', 'end', 'begin', 'end']);
  });

  test('ends with its time; that nobody was asked is an error, that nobody answered is none', async () => {
    const { ask, write, entries, happened, expireAll } = createHarness();
    ask();
    await turn();
    write();
    entries[0]!.delivered(position);
    expireAll();
    expect(await happened()).toEqual(['ended']);
    ask();
    await turn();
    expireAll();
    expect(await happened()).toEqual(['ended: TIMEOUT']);
  });

  test('that waits for a connection leaves nothing behind when its time is over', async () => {
    const { ask, waiters, expireAll, happened, entries } = createHarness({ isOpen: false });
    ask();
    expect(waiters.size).toBe(1);
    expireAll();
    expect(await happened()).toEqual(['ended: TIMEOUT']);
    expect([waiters.size, entries.length]).toEqual([0, 0]);
    ask();
    const [waiter] = waiters;
    waiter!.failed(new Error('no such brokers'));
    expect(await happened()).toEqual(['ended: no such brokers']);
    ask();
    [...waiters].at(-1)!.opened();
    await turn();
    expect(entries).toHaveLength(2);
  });

  test('of which some copies fail goes on; when all fail it has failed', async () => {
    const { ask, entries, write, happened } = createHarness({ partitions: 3 });
    ask();
    await turn();
    write();
    entries[0]!.failed(new Error('no leader'));
    entries[1]!.failed(new Error('no leader'));
    expect(await happened()).toEqual(['partly: no leader']);
    entries[2]!.failed(new Error('no leader'));
    expect(await happened()).toEqual(['ended: no leader']);
    ask();
    await turn();
    for (const entry of entries.slice(3)) entry.toRecord({ partitionFor: () => 0 });
    entries[3]!.failed(new Error('no leader'));
    entries[4]!.delivered(position);
    expect(await happened()).toEqual(['partly: no leader']);
    entries[5]!.delivered(position);
    expect(await happened()).toEqual(['written']);
  });

  test('fails where its record cannot be made, or has nowhere to go', async () => {
    const { ask, happened } = createHarness({ partitions: 0 });
    ask({
      write() {
        throw new Error('refused by an interceptor');
      },
    });
    expect(await happened()).toEqual(['ended: refused by an interceptor']);
    ask();
    expect(await happened()).toEqual(['ended: TOPIC_MISSING']);
  });

  test('is refused beyond the limit, and by a client that closes', async () => {
    const { asker, ask, write, happened, expireAll } = createHarness({ maxPendingCalls: 1 });
    ask();
    expect(ask()).toBeUndefined();
    expect(await happened()).toEqual(['ended: TOO_MANY_REQUESTS']);
    write();
    const drained = asker.drain();
    expect(ask()).toBeUndefined();
    expect(await happened()).toEqual(['ended: CLIENT_CLOSED']);
    expireAll();
    await drained;
  });

  test('that was not written is failed by a client that closes, one that was by a client that gives up', async () => {
    const { asker, ask, write, happened, control } = createHarness();
    ask();
    await turn();
    write();
    ask();
    const drained = asker.drain();
    expect(await happened()).toEqual(['ended: CLIENT_CLOSED']);
    asker.giveUp();
    await drained;
    expect(await happened()).toEqual(['ended: CLIENT_CLOSED']);
    expect(control).toEqual([{ kind: 'cancel', id: 1 }]);
  });
});
