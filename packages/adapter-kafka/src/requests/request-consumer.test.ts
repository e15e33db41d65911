import type {
  AssignedPartition,
  CommitMoment,
  CommitOffset,
  GroupConsumer,
  IncomingRecord,
  KafkaDriver,
  RecordInterceptor,
} from '@trpc-kafka/core';
import {
  createCounters,
  encodeEnvelope,
  formatSender,
  joinEnvelopes,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { describe, expect, test } from 'vitest';
import { createDispatcher } from '../calls/dispatcher.js';
import { handlerCounterNames } from '../options.js';
import type { Replier } from '../replies/replier.js';
import { openRequestConsumer } from './request-consumer.js';

type GroupOptions = Parameters<KafkaDriver['openGroup']>[0];

const inboxId = 'A'.repeat(22);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A group whose driver is the test. */
function createFakeGroup() {
  let options: GroupOptions | undefined;
  const commits: { moment: CommitMoment; offsets: readonly CommitOffset[] }[] = [];
  const paused = new Set<number>();
  const finishCommit: (() => void)[] = [];
  const ask = (moment: CommitMoment): void =>
    void commits.push({ moment, offsets: options!.offsetsToCommit(moment) });
  const group: GroupConsumer = {
    ready: Promise.resolve(),
    assignment: () => [],
    pause(partitions) {
      for (const partition of partitions) paused.add(partition);
    },
    resume(partitions) {
      for (const partition of partitions) paused.delete(partition);
    },
    commit() {
      ask('interval');
      return new Promise((resolve) => finishCommit.push(resolve));
    },
    async leave() {
      ask('leave');
    },
  };
  const driver = {
    openGroup(given: GroupOptions) {
      options = given;
      return group;
    },
  } as unknown as KafkaDriver;
  return {
    driver,
    commits,
    paused,
    ask,
    assign: (...partitions: AssignedPartition[]) => options!.onAssigned(partitions),
    /** The brokers have taken the commits made so far. */
    committed: async () => {
      for (const finish of finishCommit.splice(0)) finish();
      await turn();
    },
    revoke: (...partitions: number[]) => options!.onRevoked(partitions),
    read: (...records: IncomingRecord[]) =>
      options!.onRecords({
        topic: 'requests',
        partition: records[0]!.partition,
        records,
        highWatermark: 1000,
      }),
  };
}

function createHarness(interceptors: readonly RecordInterceptor[] = [], maxConcurrentCalls = 10) {
  const fake = createFakeGroup();
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const counters = createCounters(handlerCounterNames);
  const dispatcher = createDispatcher({
    maxConcurrentCalls,
    counters,
    onExpired: () => {},
    onPressure: () => {},
    run(call) {
      log.push(`run ${call.message.id}`);
      return new Promise<void>((resolve) => {
        ends.set(call.message.id as number, () => {
          call.settle();
          resolve();
        });
      });
    },
  });
  const replier: Replier = {
    data: () => 0,
    plain: (_, message) => void log.push(`${message.kind} ${message.id}`),
    error: (call) => void log.push(`error ${call.message.id}`),
    report() {},
  };
  const consumer = openRequestConsumer({
    driver: fake.driver,
    groupId: 'flights',
    topic: 'requests',
    appendTime: true,
    clockSkewMs: 0,
    interceptors,
    batchLimit: {},
    dispatcher,
    replier,
    reporter: {
      report() {},
      shapeOf() {
        throw new Error('not asked here');
      },
    },
    counters,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    emit() {},
  });
  return {
    ...fake,
    consumer,
    happened: () => log.splice(0),
    end: (id: number) => ends.get(id)!(),
  };
}

function fresh(partition: number, position = 0, kept = false): AssignedPartition {
  return { partition, position, committed: undefined, endOffset: position, kept };
}

/** A record whose call has its offset as id. */
function callAt(offset: number, method: 'query' | 'mutation' = 'query', partition = 0): IncomingRecord {
  return recordAt({ partition, offset }, [{ id: offset, method }]);
}

/** A record with several calls. */
function bundleAt(
  offset: number,
  ids: readonly number[],
  method: 'query' | 'mutation' = 'query',
): IncomingRecord {
  return recordAt(
    { partition: 0, offset },
    ids.map((id) => ({ id, method })),
  );
}

function recordAt(
  place: { partition: number; offset: number },
  calls: readonly { id: number; method: 'query' | 'mutation' }[],
): IncomingRecord {
  const address = { topic: 'checkout.replies', partition: 0, inboxId };
  const envelopes = calls.map((call) => encodeEnvelope({ kind: 'call', path: 'p', input: 1, ...call }));
  return {
    ...place,
    topic: 'requests',
    timestampMs: Date.now(),
    key: null,
    value: Buffer.from(joinEnvelopes(envelopes)),
    headers: { [recordHeader]: formatSender(inboxId, address) },
  };
}

describe('openRequestConsumer', () => {
  test('begins nothing before the partitions are marked as owned', async () => {
    const { assign, read, happened, committed, commits } = createHarness();
    assign(fresh(0));
    read(callAt(0));
    expect(happened()).toEqual([]);
    await committed();
    expect(happened()).toEqual(['run 0']);
    expect(commits[0]!.offsets).toEqual([{ partition: 0, offset: 0, metadata: 'open' }]);
  });

  test('commits what is settled while it owns a partition, and what has begun when others may take over', async () => {
    const { assign, read, end, ask, commits, committed } = createHarness();
    assign(fresh(0));
    await committed();
    read(callAt(0), callAt(1), callAt(2));
    end(0);
    ask('interval');
    ask('rebalance');
    expect(commits.slice(1)).toEqual([
      { moment: 'interval', offsets: [{ partition: 0, offset: 1, metadata: 'open' }] },
      { moment: 'rebalance', offsets: [{ partition: 0, offset: 3, metadata: 'clean' }] },
    ]);
  });

  test('begins nothing between a rebalance and the new assignment, and then only what is still its own', async () => {
    const { assign, read, ask, happened, committed, revoke } = createHarness();
    assign(fresh(0), fresh(1));
    await committed();
    ask('rebalance');
    read(callAt(0));
    read(callAt(1, 'query', 1));
    revoke(1);
    assign(fresh(0, 1, true));
    expect(happened()).toEqual([]);
    await committed();
    expect(happened()).toEqual(['run 0']);
  });

  test('a commit that is answered late does not end the hold of the next rebalance', async () => {
    const { assign, read, ask, happened, committed } = createHarness();
    assign(fresh(0));
    ask('rebalance');
    await committed();
    read(callAt(0));
    expect(happened()).toEqual([]);
  });

  test('runs a call once whose partition leaves and comes back while it runs', async () => {
    const { assign, read, ask, happened, committed, revoke, end, commits } = createHarness();
    assign(fresh(0));
    await committed();
    read(callAt(0));
    revoke(0);
    assign(fresh(0));
    await committed();
    read(callAt(0), callAt(1));
    expect(happened()).toEqual(['run 0', 'run 1']);
    end(0);
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test('does not run mutations that a dead owner may have run, and runs queries', async () => {
    const { assign, read, happened, committed } = createHarness();
    assign({ ...fresh(0), committed: { offset: 0, metadata: 'open' }, endOffset: 2 });
    await committed();
    read(callAt(0, 'mutation'), callAt(1), callAt(2, 'mutation'));
    expect(happened()).toEqual(['maybe-executed 0', 'run 1', 'run 2']);
  });

  test('does not run what an interceptor lets pass when the partition is gone, or the group left', async () => {
    const passes: (() => void)[] = [];
    const waitingForever: RecordInterceptor = {
      afterReceive: () => new Promise<void>((resolve) => passes.push(resolve)),
    };
    const { assign, read, happened, committed, revoke, consumer, commits } = createHarness([waitingForever]);
    assign(fresh(0), fresh(1));
    await committed();
    read(callAt(0));
    read(callAt(1, 'query', 1));
    revoke(1);
    await consumer.leave();
    expect(commits.at(-1)).toEqual({
      moment: 'leave',
      offsets: [{ partition: 0, offset: 0, metadata: 'clean' }],
    });
    for (const pass of passes) pass();
    await turn();
    expect(happened()).toEqual([]);
  });

  test('answers what an interceptor refuses, and commits behind it', async () => {
    const refusing: RecordInterceptor = {
      async afterReceive() {
        throw new Error('unknown caller');
      },
    };
    const { assign, read, happened, committed, ask, commits } = createHarness([refusing]);
    assign(fresh(0));
    await committed();
    read(callAt(0));
    await turn();
    ask('interval');
    expect(happened()).toEqual(['error 0']);
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test('commits a record with several calls when the last of them is done', async () => {
    const { assign, read, committed, ask, commits, end } = createHarness();
    assign(fresh(0));
    await committed();
    read(bundleAt(0, [1, 2, 3]), bundleAt(1, [4]));
    for (const id of [1, 3, 2]) {
      ask('interval');
      expect(commits.at(-1)!.offsets[0]!.offset).toBe(0);
      end(id);
    }
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test.each(['rebalance', 'leave'] as const)(
    'a record of which one call has begun stays whole with this instance on a %s, a record of which none has goes',
    async (moment) => {
      const { assign, read, committed, ask, commits, end, happened, revoke, consumer } = createHarness([], 1);
      assign(fresh(0));
      await committed();
      read(bundleAt(0, [1, 2, 3]), bundleAt(1, [4, 5]));
      if (moment === 'leave') await consumer.leave();
      else {
        ask('rebalance');
        end(1);
        revoke(0);
        assign();
        expect(happened()).toEqual(['run 1']);
        await committed();
      }
      expect(commits.find((commit) => commit.moment === moment)!.offsets).toEqual([
        { partition: 0, offset: 1, metadata: 'clean' },
      ]);
      for (const id of [1, 2, 3]) {
        end(id);
        await turn();
      }
      expect(happened().filter((line) => line !== 'run 1')).toEqual(['run 2', 'run 3']);
    },
  );

  test('what has begun is finished also by an instance that leaves in the midst of a rebalance', async () => {
    const { assign, read, committed, ask, end, happened, consumer } = createHarness([], 1);
    assign(fresh(0));
    await committed();
    read(bundleAt(0, [1, 2]));
    ask('rebalance');
    end(1);
    await turn();
    expect(happened()).toEqual(['run 1']);
    await consumer.leave();
    expect(happened()).toEqual(['run 2']);
  });

  test('of a record that a dead owner had, only the mutations are in doubt, and it is settled when all are answered', async () => {
    const { assign, read, happened, committed, ask, commits, end } = createHarness();
    assign({ ...fresh(0), committed: { offset: 0, metadata: 'open' }, endOffset: 1 });
    await committed();
    read(
      recordAt({ partition: 0, offset: 0 }, [
        { id: 1, method: 'mutation' },
        { id: 2, method: 'query' },
        { id: 3, method: 'mutation' },
      ]),
    );
    expect(happened()).toEqual(['maybe-executed 1', 'run 2', 'maybe-executed 3']);
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(0);
    end(2);
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test('an interceptor that refuses a record is asked again for each of its calls: one that it refuses spoils no other', async () => {
    const asked: string[] = [];
    const picky: RecordInterceptor = {
      afterReceive({ calls, headers }) {
        asked.push(calls.map(({ id }) => id).join());
        headers['seen'] = `${headers['seen'] ?? ''}x`;
        if (headers['seen'].length > 1) throw new Error('asked twice about the same');
        if (calls.some(({ id }) => id === 2)) throw new Error('not this one');
      },
    };
    const { assign, read, happened, committed, ask, commits, end } = createHarness([picky]);
    assign(fresh(0));
    await committed();
    read(bundleAt(0, [1, 2, 3]));
    await turn();
    expect(asked).toEqual(['1,2,3', '1', '2', '3']);
    expect(happened()).toEqual(expect.arrayContaining(['run 1', 'error 2', 'run 3']));
    end(1);
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(0);
    end(3);
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test('a partition that comes while the load is high is paused until it is not', async () => {
    const { assign, consumer, paused } = createHarness();
    consumer.setPaused(true);
    assign(fresh(3));
    expect([...paused]).toEqual([3]);
    consumer.setPaused(false);
    expect([...paused]).toEqual([]);
  });
});
