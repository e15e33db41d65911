import type { AssignedPartition, GroupConsumer, IncomingRecord, KafkaDriver } from '@trpc-kafka/core';
import {
  createCounters,
  encodeEnvelope,
  formatSender,
  jsonOnly,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { describe, expect, test, vi } from 'vitest';
import { handlerCounterNames } from '../options.js';
import type { DeadLetter } from './dead-letter.js';
import { openOneWayConsumer } from './one-way-consumer.js';
import { formatProgress, parseProgress } from './progress-mark.js';

type GroupOptions = Parameters<KafkaDriver['openGroup']>[0];

/** Batches of any size, in JSON. */
const limits = { batchLimit: {}, codecs: jsonOnly };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A consumer whose group is the test; its calls end when the test says so. */
function createHarness({ maxConcurrentCalls = 10, maxUncommitted = 4, maxWaiting = 20, attempts = 1 } = {}) {
  let options: GroupOptions | undefined;
  const paused = new Set<number>();
  /** What `commit()` was asked to commit, in order, as the brokers would have it. */
  const commits: string[] = [];
  const group = {
    async commit() {
      commits.push(options!.offsetsToCommit('interval')[0]?.metadata ?? '');
      return true;
    },
    pause(partitions: readonly number[]) {
      for (const partition of partitions) paused.add(partition);
    },
    resume(partitions: readonly number[]) {
      for (const partition of partitions) paused.delete(partition);
    },
  } as GroupConsumer;
  const ran: number[] = [];
  const attemptsSeen: number[] = [];
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
    settings: { maxConcurrentCalls, maxUncommitted, attempts, initialDelayMs: 0, maxDelayMs: 0 },
    bounds: { maxCalls: maxWaiting, maxBytes: 1000 },
    knownOptions: () => ({}),
    interceptors: [],
    readProcedureOptions: async () => ({}),
    runOneWay(call) {
      ran.push(call.message.id as number);
      attemptsSeen.push(call.req.attempt);
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
  async function assignAll(partitions: readonly number[], found: Partial<AssignedPartition>): Promise<void> {
    const assigned = { position: 0, committed: undefined, endOffset: 0, kept: false, ...found };
    options!.onAssigned(partitions.map((partition) => ({ partition, ...assigned })));
    // Calls begin once the partitions are marked as owned.
    await turn();
  }

  return {
    consumer,
    paused,
    ran,
    letters,
    commits,
    attempts: attemptsSeen,
    giveUp: () => options!.offsetsToCommit('rebalance')[0],
    /** As a member that owned nothing before, where nobody ever committed. */
    assign: (...partitions: number[]) => assignAll(partitions, {}),
    /** The first partition as an owner before left it, with so many records in it. */
    inherit: (metadata: string, endOffset: number) =>
      assignAll([0], { committed: { offset: 0, metadata }, endOffset }),
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
    await assign(0);
    read(callAt(0), callAt(1));
    await end(1);
    expect(committed()).toBe(0);
    await end(0);
    expect(committed()).toBe(2);
  });

  test('pauses a partition behind an unfinished record, and resumes it when half of that is left', async () => {
    const { assign, read, end, paused } = createHarness({ maxUncommitted: 4 });
    await assign(0, 1);
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
    await assign(0, 1);
    read(...[0, 1, 2, 3].map(callAt));
    expect([...paused]).toEqual([0, 1]);
    await end(0);
    await end(1);
    expect([...paused]).toEqual([]);
  });

  test('a call whose partition leaves and comes back while it runs is not committed before it is done', async () => {
    const { assign, revoke, read, end, committed, ran } = createHarness();
    await assign(0);
    read(callAt(0));
    revoke(0);
    expect(committed()).toBeUndefined();
    await assign(0);
    read(callAt(0));
    await turn();
    expect([ran, committed()]).toEqual([[0], 0]);
    await end(0);
    expect(committed()).toBe(1);
  });

  test('keeps what cannot be read as a dead letter, and goes on behind it', async () => {
    const { assign, read, committed, letters } = createHarness();
    await assign(0);
    read({ ...callAt(0), value: Buffer.from('{') });
    await turn();
    expect([letters[0]!.record.offset, letters[0]!.code, committed()]).toEqual([0, 'PARSE_ERROR', 1]);
  });

  test('takes nothing more once it stops; what waited is read again by others', async () => {
    const { consumer, assign, read, ran, end, committed, paused } = createHarness({ maxConcurrentCalls: 1 });
    await assign(0);
    read(callAt(0), callAt(1));
    consumer.stopTaking();
    read(callAt(2));
    await end(0);
    expect([ran, committed(), [...paused]]).toEqual([[0], 1, [0]]);
  });

  test('marks a partition as owned before anything in it begins', async () => {
    const { assign, read, ran, commits } = createHarness();
    const marked = assign(0);
    read(callAt(0));
    expect(ran).toEqual([]);
    await marked;
    expect([commits, ran]).toEqual([['open'], [0]]);
  });

  test('what an owner before has done is not done again, what it tried is counted on', async () => {
    const { inherit, read, ran, attempts, committed, end } = createHarness();
    const done = [1, 3];
    const tries = new Map([[2, { attempts: 2, unended: 0 }]]);
    await inherit(formatProgress({ offset: 0, doubtBelow: 0, done, tries }), 4);
    read(...[0, 1, 2, 3].map(callAt));
    await turn();
    expect(ran).toEqual([0, 2]);
    for (const id of ran) await end(id);
    expect(committed()).toBe(4);
    // A record in no doubt is counted when it fails, and not before it begins.
    expect(attempts).toEqual([1, 3]);
  });

  test('records that an owner which died may have begun are counted before they begin', async () => {
    const { inherit, read, ran, commits, attempts } = createHarness();
    const tries = new Map([[1, { attempts: 2, unended: 0 }]]);
    await inherit(formatProgress({ offset: 0, doubtBelow: undefined, done: [], tries }), 3);
    read(...[0, 1].map(callAt));
    await vi.waitUntil(() => ran.length === 2);
    expect(commits.at(-1)).toBe('open;tries=1:3:1,0:1:1');
    expect(attempts).toEqual([1, 3]);
  });

  test('one whose instances died before it ended is given up when it was begun as often as it may be', async () => {
    const { inherit, read, ran, letters, committed } = createHarness({ attempts: 3 });
    const tries = new Map([
      [0, { attempts: 2, unended: 2 }],
      [1, { attempts: 1, unended: 1 }],
    ]);
    await inherit(formatProgress({ offset: 0, doubtBelow: undefined, done: [], tries }), 2);
    read(...[0, 1].map(callAt));
    await vi.waitUntil(() => ran.length === 1);
    // The other ran beside it when their instance died: it is no more than a suspect.
    expect(ran).toEqual([1]);
    expect(letters.map(({ record, code, attempts }) => [record.offset, code, attempts])).toEqual([
      [0, 'MAYBE_EXECUTED', 3],
    ]);
    expect(committed()).toBe(1);
  });

  test('a partition that is given up tells its next owner what has begun and what is done', async () => {
    const { assign, read, end, giveUp } = createHarness();
    await assign(0);
    read(...[0, 1, 2].map(callAt));
    await end(1);
    const mark = giveUp()!;
    const { doubtBelow, done } = parseProgress(0, mark.metadata!);
    expect([mark.offset, doubtBelow, [...done]]).toEqual([0, 3, [1]]);
  });
});
