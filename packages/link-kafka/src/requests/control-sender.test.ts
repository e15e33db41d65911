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
  const entries: BatchEntry[] = [];
  const batcher = {
    add(entry: BatchEntry) {
      entries.push(entry);
      records.push(entry.toRecord({ partitionFor: () => 0 })!);
    },
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
    entries,
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

/** A sender whose batch is formed, and fails, when the test says so. */
function createBatches() {
  const directory = createPartitionDirectory({ driver: { countPartitions: async () => 3 }, now: Date.now });
  directory.learn('flights.control', 3);
  const queue: BatchEntry[] = [];
  const sender = createControlSender({
    transport: {
      batcher: { add: (entry: BatchEntry) => void queue.push(entry) },
      directory,
    } as unknown as TransportLease,
    controlTopic: 'flights.control',
    sender: () => '1',
    onFailed() {},
  });
  const server = { topic: 'flights.control', partition: 1, inboxId };
  return {
    grant: (id: number, items: number) =>
      sender.send({ kind: 'credit', id, credit: { items, bytes: items } }, server),
    lease: () => sender.send({ kind: 'lease' }, server),
    leaseForAll: async () => {
      sender.send({ kind: 'lease' }, undefined);
      await sender.handedOver();
    },
    /** The kinds and ids of each record. */
    flush: ({ fails = false } = {}): string[][] =>
      queue.splice(0).map((entry) => {
        const value: unknown = JSON.parse(String(entry.toRecord({ partitionFor: () => 0 })!.value));
        if (fails) entry.failed(new Error('brokers away'));
        const envelopes = (Array.isArray(value) ? value : [value]) as {
          id?: number;
          kafka: { kind: string };
        }[];
        return envelopes.map(({ id, kafka }) => `${kafka.kind} ${id ?? ''}`.trim());
      }),
  };
}

test('what is for one server in one turn is one record, and no record is too large', () => {
  const { grant, lease, flush } = createBatches();
  for (const id of [1, 2, 3]) grant(id, 96);
  lease();
  expect(flush()).toEqual([['credit 1', 'credit 2', 'credit 3', 'lease']]);
  for (let id = 1; id <= 200; id++) grant(id, 96);
  expect(flush().map((record) => record.length)).toEqual([64, 64, 64, 8]);
});

test('what could not be written goes with the next record for that server, but for leases', () => {
  const { grant, lease, flush } = createBatches();
  for (let id = 1; id <= 70; id++) grant(id, 96);
  lease();
  flush({ fails: true });
  expect(flush()).toEqual([]);
  lease();
  const records = flush();
  expect(records.map((record) => record.length)).toEqual([64, 7]);
  expect(new Set(records.flat()).size).toBe(71);
  lease();
  expect(flush()).toEqual([['lease']]);
});

test('a lease for all servers goes to every partition, and takes along what waits for one of them', async () => {
  const { grant, leaseForAll, flush } = createBatches();
  await leaseForAll();
  expect(flush()).toEqual([['lease'], ['lease'], ['lease']]);
  grant(1, 96);
  flush({ fails: true });
  await leaseForAll();
  expect(flush()).toContainEqual(['lease', 'credit 1']);
  await leaseForAll();
  expect(flush()).toEqual([['lease'], ['lease'], ['lease']]);
});

test('what cannot be written anywhere is told once', async () => {
  const { directory, sender, entries, failures } = createHarness();
  directory.learn('flights.control', 3);
  sender.send({ kind: 'cancel', id: 1 }, undefined);
  await sender.handedOver();
  for (const entry of entries) entry.failed(new Error('no right to write'));
  expect([entries.length, failures]).toEqual([3, ['no right to write']]);
});
