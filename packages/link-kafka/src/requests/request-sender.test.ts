import {
  type CallMessage,
  jsonEnvelopes,
  type PartitionDirectory,
  type TransportLease,
} from '@trpc-kafka/core/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRequestSender, type RequestDraft } from './request-sender.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function createSender(initial: number) {
  let known: number | undefined = initial;
  let atBroker: number | undefined = initial;
  const directory: PartitionDirectory = {
    known: () => known,
    async lookUp() {
      known = atBroker;
      return known;
    },
    learn() {},
  };
  const sender = createRequestSender({
    transport: { directory } as unknown as TransportLease,
    interceptors: [],
    maxMessageBytes: 1000,
    codec: jsonEnvelopes,
    sender: () => '1;json;from=x',
  });
  const message: CallMessage = { kind: 'call', id: 1, method: 'query', path: 'p', input: undefined };
  const draft = (key?: string): RequestDraft => ({
    topic: 't',
    purpose: 'call',
    calls: [sender.encode(message)],
    key,
    headers: {},
  });
  /** The partitions of so many batches. */
  function pick(batches: number): number[] {
    return Array.from({ length: batches }, () => {
      const { partition } = sender.prepare(draft());
      return typeof partition === 'number' ? partition : partition.pick();
    });
  }
  return {
    pick,
    prepare: (key?: string) => sender.prepare(draft(key)),
    setAtBroker: (count: number | undefined) => {
      atBroker = count;
    },
  };
}

describe('createRequestSender', () => {
  test('goes round the partitions', () => {
    const { pick } = createSender(3);
    expect(new Set(pick(3))).toEqual(new Set([0, 1, 2]));
  });

  test('uses partitions that were added to a running service', async () => {
    const { pick, setAtBroker } = createSender(1);
    setAtBroker(4);
    expect(pick(4)).toEqual([0, 0, 0, 0]);
    await vi.advanceTimersByTimeAsync(10_000);
    pick(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(new Set(pick(4))).toEqual(new Set([0, 1, 2, 3]));
  });

  test('goes on with what it knew while the topic is missing for a moment', async () => {
    const { pick, setAtBroker } = createSender(2);
    pick(1);
    setAtBroker(undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    pick(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(new Set(pick(2))).toEqual(new Set([0, 1]));
  });

  test('asks for each topic it writes to by itself', async () => {
    const asked: string[] = [];
    const directory: PartitionDirectory = {
      known: () => 1,
      async lookUp(topic) {
        asked.push(topic);
        return 1;
      },
      learn() {},
    };
    const sender = createRequestSender({
      transport: { directory } as unknown as TransportLease,
      interceptors: [],
      maxMessageBytes: 1000,
      codec: jsonEnvelopes,
      sender: () => '1;json;from=x',
    });
    const message: CallMessage = { kind: 'call', id: 1, method: 'mutation', path: 'p', input: undefined };
    const write = (topic: string) =>
      sender.prepare({
        topic,
        purpose: 'call',
        calls: [sender.encode(message)],
        key: undefined,
        headers: {},
      });
    for (const topic of ['requests', 'one-way']) write(topic);
    await vi.advanceTimersByTimeAsync(10_000);
    for (const topic of ['requests', 'one-way', 'requests']) write(topic);
    expect(asked).toEqual(['requests', 'one-way']);
  });

  test('keeps a key in its partition', () => {
    const { prepare } = createSender(12);
    const places = new Set(Array.from({ length: 10 }, () => prepare('LH').partition));
    expect(places.size).toBe(1);
  });

  test('refuses to write to a topic without partitions', () => {
    const { prepare } = createSender(0);
    expect(() => prepare()).toThrow('topic t has no partitions that this client knows of');
  });
});
