import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openClusterInbox } from './cluster-inbox.js';
import type { KafkaCluster } from './kafka-cluster.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const place = { topic: 'checkout.replies', partition: 0 };

/** An inbox whose broker answers a fetch when the test says so. */
async function openInbox() {
  const answers: (() => void)[] = [];
  const broker = {
    listOffsets: () =>
      Promise.resolve({
        responses: [{ topic: place.topic, partitions: [{ partition: 0, errorCode: 0, offset: '7' }] }],
      }),
    fetch: () =>
      new Promise((resolve) => {
        const partition = { partition: 0, errorCode: 0, highWatermark: '7', messages: [] };
        answers.push(() => resolve({ responses: [{ topicName: place.topic, partitions: [partition] }] }));
      }),
  };
  const cluster = {
    metadata: () =>
      Promise.resolve({
        topicMetadata: [
          { topic: place.topic, topicErrorCode: 0, partitionMetadata: [{ partitionId: 0, leader: 1 }] },
        ],
      }),
    onBroker: (_: number, request: (to: unknown) => unknown) => request(broker),
    close() {},
  } as unknown as KafkaCluster;
  const inbox = openClusterInbox(
    { ...place, from: { at: 'end' }, maxWaitTimeMs: 300, resumeFromTimeMs: () => 0, onRecords() {} },
    { cluster, emit() {}, onClosed() {} },
  );
  await inbox.ready;
  const pass = (passedMs: number) => vi.advanceTimersByTimeAsync(passedMs);
  await pass(0);
  return {
    inbox,
    pass,
    answer: () => {
      answers.shift()!();
      return pass(0);
    },
  };
}

test('it is caught up while its broker answers in time, and not while an answer is overdue: it may hold anything', async () => {
  const { inbox, answer, pass } = await openInbox();
  expect(inbox.isCaughtUp()).toBe(false);
  for (let fetches = 0; fetches < 3; fetches++) {
    await answer();
    await pass(300);
    expect(inbox.isCaughtUp()).toBe(true);
  }
  await pass(300);
  expect(inbox.isCaughtUp()).toBe(false);
  await answer();
  expect(inbox.isCaughtUp()).toBe(true);
});
