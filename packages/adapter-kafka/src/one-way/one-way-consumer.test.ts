import type { AssignedPartition, GroupConsumer, IncomingRecord, KafkaDriver } from '@trpc-kafka/core';
import {
  createCounters,
  encodeEnvelope,
  formatSender,
  jsonOnly,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { handlerCounterNames } from '../options.js';
import type { DeadLetter } from './dead-letter.js';
import { openOneWayConsumer } from './one-way-consumer.js';

type GroupOptions = Parameters<KafkaDriver['openGroup']>[0];

/** Batches of any size, in JSON. */
const limits = { batchLimit: {}, codecs: jsonOnly };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A consumer whose group is the test; its calls end when the test says so. */
function createHarness({ maxConcurrentCalls = 10, maxUncommitted = 4, maxWaiting = 20 } = {}) {
  let options: GroupOptions | undefined;
  const paused = new Set<number>();
  const group = {
    pause(partitions: readonly number[]) {
      for (const partition of partitions) paused.add(partition);
    },
    resume(partitions: readonly number[]) {
      for (const partition of partitions) paused.delete(partition);
    },
  } as GroupConsumer;
  const ran: number[] = [];
  const ends = new Map<number, () => void>();
  const letters: DeadLetter[] = [];
  const consumer = openOneWayConsumer({
    ...limits,
    driver: {
      openGroup(given: GroupOptions) {
        options = given;
        return group;
      },
    } as unknown as KafkaDriver,
    groupId: 'flights.one-way',
    topic: 'flights.one-way',
    appendTime: true,
    clockSkewMs: 0,
    settings: { maxConcurrentCalls, maxUncommitted, attempts: 1, initialDelayMs: 0, maxDelayMs: 0 },
    bounds: { maxCalls: maxWaiting, maxBytes: 1000 },
    knownOptions: () => ({}),
    interceptors: [],
    runOneWay(call) {
      ran.push(call.message.id as number);
      return new Promise((resolve) => {
        ends.set(call.message.id as number, () => {
          call.settle();
          resolve();
        });
      });
    },
    onDuplicate() {},
    opening: {},
    deadLetters: { write: async (letter) => void letters.push(letter) },
    reporter: {
      report() {},
      shapeOf() {
        throw new Error('not asked here');
      },
    },
    counters: createCounters(handlerCounterNames),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    emit() {},
  });
  return {
    consumer,
    paused,
    ran,
    letters,
    assign: (...partitions: number[]) =>
      options!.onAssigned(
        partitions.map(
          (partition): AssignedPartition => ({
            partition,
            position: 0,
            committed: undefined,
            endOffset: 0,
            kept: false,
          }),
        ),
      ),
    revoke: (...partitions: number[]) => options!.onRevoked(partitions),
    read: (...records: IncomingRecord[]) =>
      options!.onRecords({ topic: 'flights.one-way', partition: 0, records, highWatermark: 1000 }),
    committed: () => options!.offsetsToCommit('interval')[0]?.offset,
    end: async (id: number) => {
      ends.get(id)!();
      await turn();
    },
  };
}

/** A record whose call has its offset as id. */
function callAt(offset: number): IncomingRecord {
  return {
    topic: 'flights.one-way',
    partition: 0,
    offset,
    timestampMs: Date.now(),
    key: null,
    value: Buffer.from(
      encodeEnvelope({ kind: 'call', id: offset, method: 'mutation', path: 'p', input: 1, oneWay: true }),
    ),
    headers: { [recordHeader]: formatSender('A'.repeat(22)) },
  };
}

describe('openOneWayConsumer', () => {
  test('commits only what is done, in order', async () => {
    const { assign, read, end, committed } = createHarness();
    assign(0);
    read(callAt(0), callAt(1));
    await end(1);
    expect(committed()).toBe(0);
    await end(0);
    expect(committed()).toBe(2);
  });

  test('pauses a partition behind an unfinished record, and resumes it when half of that is left', async () => {
    const { assign, read, end, paused } = createHarness({ maxUncommitted: 4 });
    assign(0, 1);
    read(...[0, 1, 2, 3, 4].map(callAt));
    expect([...paused]).toEqual([0]);
    for (const id of [1, 2, 3, 4]) await end(id);
    expect([...paused]).toEqual([0]);
    await end(0);
    expect([...paused]).toEqual([]);
  });

  test('pauses every partition while too many calls wait', async () => {
    const { assign, read, end, paused } = createHarness({
      maxConcurrentCalls: 1,
      maxUncommitted: 100,
      maxWaiting: 2,
    });
    assign(0, 1);
    read(...[0, 1, 2, 3].map(callAt));
    expect([...paused]).toEqual([0, 1]);
    await end(0);
    await end(1);
    expect([...paused]).toEqual([]);
  });

  test('a call whose partition leaves and comes back while it runs is not committed before it is done', async () => {
    const { assign, revoke, read, end, committed, ran } = createHarness();
    assign(0);
    read(callAt(0));
    revoke(0);
    expect(committed()).toBeUndefined();
    assign(0);
    read(callAt(0));
    await turn();
    expect([ran, committed()]).toEqual([[0], 0]);
    await end(0);
    expect(committed()).toBe(1);
  });

  test('keeps what cannot be read as a dead letter, and goes on behind it', async () => {
    const { assign, read, committed, letters } = createHarness();
    assign(0);
    read({ ...callAt(0), value: Buffer.from('{') });
    await turn();
    expect([letters[0]!.record.offset, letters[0]!.code, committed()]).toEqual([0, 'PARSE_ERROR', 1]);
  });

  test('takes nothing more once it stops; what waited is read again by others', async () => {
    const { consumer, assign, read, ran, end, committed, paused } = createHarness({ maxConcurrentCalls: 1 });
    assign(0);
    read(callAt(0), callAt(1));
    consumer.stopTaking();
    read(callAt(2));
    await end(0);
    expect([ran, committed(), [...paused]]).toEqual([[0], 1, [0]]);
  });
});
