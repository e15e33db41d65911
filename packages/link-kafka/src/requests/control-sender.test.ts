import type { OutgoingRecord } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type BatchEntry,
  createPartitionDirectory,
  type TransportLease,
} from '@trpc-kafka/core/internal';
import { expect, test } from 'vitest';
import { createControlSender } from './control-sender.js';

const inboxId = 'S'.repeat(22);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createHarness(countPartitions: () => Promise<number | undefined> = () => Promise.resolve(3)) {
  const records: OutgoingRecord[] = [];
  const failures: string[] = [];
  const directory = createPartitionDirectory({ driver: { countPartitions }, now: Date.now });
  const batcher = {
    add: (entry: BatchEntry) => void records.push(entry.toRecord({ partitionFor: () => 0 })!),
  };
  const sender = createControlSender({
    transport: { batcher, directory } as unknown as TransportLease,
    controlTopic: 'flights.control',
    sender: () => '1',
    onFailed: (error) => void failures.push(error.message),
  });
  return {
    sender,
    records,
    directory,
    failures,
    placesOf: async (server: { topic: string; partition: number } | undefined) => {
      sender.send({ kind: 'cancel', id: 1 }, server && { ...server, inboxId });
      await turn();
      return records
        .splice(0)
        .map(({ topic, partition, headers }) => `${topic}[${partition}] ${String(headers[addresseeHeader])}`);
    },
  };
}

const everywhere = [0, 1, 2].map((partition) => `flights.control[${partition}] undefined`);

test('writes to one server where it is known, else to every partition', async () => {
  const { directory, placesOf } = createHarness();
  directory.learn('flights.control', 3);
  expect(await placesOf({ topic: 'flights.control', partition: 2 })).toEqual([
    `flights.control[2] ${inboxId}`,
  ]);
  expect(await placesOf(undefined)).toEqual(everywhere);
});

test('never writes where a forged reply says that its server reads', async () => {
  const { directory, placesOf } = createHarness();
  directory.learn('flights.control', 3);
  expect(await placesOf({ topic: 'payments.requests', partition: 0 })).toEqual(everywhere);
  expect(await placesOf({ topic: 'flights.control', partition: 3 })).toEqual(everywhere);
});

test('tells where nothing could be written because brokers did not answer', async () => {
  const { failures, placesOf } = createHarness(() => Promise.reject(new Error('brokers away')));
  expect([await placesOf(undefined), failures]).toEqual([[], ['brokers away']]);
});

test('what is to be written everywhere is handed over when the partitions are known', async () => {
  let answer: ((count: number) => void) | undefined;
  const { sender, records } = createHarness(() => new Promise((resolve) => (answer = resolve)));
  sender.send({ kind: 'cancel', id: 1 }, undefined);
  const handedOver = sender.handedOver().then(() => records.length);
  await turn();
  answer!(3);
  expect(await handedOver).toBe(3);
  expect(await sender.handedOver()).toBeUndefined();
});
