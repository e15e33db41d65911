import type { RecordInterceptor } from '@trpc-kafka/core';
import { describe, expect, test } from 'vitest';
import {
  bundleAt,
  callAt,
  createRequestConsumer,
  fresh,
  recordAt,
  turn,
} from '../../test/support/request-consumer.js';

describe('openRequestConsumer', () => {
  test('begins nothing before the partitions are marked as owned', async () => {
    const { assign, read, happened, committed, commits } = createRequestConsumer();
    assign(fresh(0));
    read(callAt(0));
    expect(happened()).toEqual([]);
    await committed();
    expect(happened()).toEqual(['run 0']);
    expect(commits[0]!.offsets).toEqual([{ partition: 0, offset: 0, metadata: 'open' }]);
  });

  test('commits what is settled while it owns a partition, and what has begun when others may take over', async () => {
    const { assign, read, end, ask, commits, committed } = createRequestConsumer();
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
    const { assign, read, ask, happened, committed, revoke } = createRequestConsumer();
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
    const { assign, read, ask, happened, committed } = createRequestConsumer();
    assign(fresh(0));
    ask('rebalance');
    await committed();
    read(callAt(0));
    expect(happened()).toEqual([]);
  });

  test('runs a call once whose partition leaves and comes back while it runs', async () => {
    const { assign, read, ask, happened, committed, revoke, end, commits } = createRequestConsumer();
    assign(fresh(0));
    await committed();
    read(callAt(0));
    revoke(0);
    assign(fresh(0));
    await committed();
    read(callAt(0), callAt(1));
    expect(happened()).toEqual(['run 0', 'run 1']);
    ask('interval');
    // Should this instance die now, another has to read it.
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(0);
    end(0);
    ask('interval');
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test('a record that holds the same call twice is done when it has run once', async () => {
    const { assign, read, ask, happened, committed, end, commits } = createRequestConsumer();
    assign(fresh(0));
    await committed();
    read(bundleAt(0, [5, 5]));
    end(5);
    ask('interval');
    expect([happened(), commits.at(-1)!.offsets[0]!.offset]).toEqual([['run 5'], 1]);
  });

  test('does not run what an interceptor lets pass when the partition is gone, or the group left', async () => {
    const passes: (() => void)[] = [];
    const waitingForever: RecordInterceptor = {
      afterReceive: () => new Promise<void>((resolve) => passes.push(resolve)),
    };
    const { assign, read, happened, committed, revoke, consumer, commits } = createRequestConsumer({
      interceptors: [waitingForever],
    });
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

  test.each(['rebalance', 'leave'] as const)(
    'what was overtaken by a call that has begun stays with this instance on a %s: nobody else may run either',
    async (moment) => {
      const passes: (() => void)[] = [];
      const slowAtFirst: RecordInterceptor = {
        afterReceive: ({ position }) =>
          position.offset === 0 ? new Promise<void>((resolve) => passes.push(resolve)) : undefined,
      };
      const { assign, read, happened, committed, revoke, consumer, commits, ask } = createRequestConsumer({
        interceptors: [slowAtFirst],
      });
      assign(fresh(0));
      await committed();
      read(callAt(0), callAt(1));
      await turn();
      expect(happened()).toEqual(['run 1']);
      if (moment === 'leave') await consumer.leave();
      else {
        ask('rebalance');
        revoke(0);
        assign();
        await committed();
      }
      expect(commits.find((commit) => commit.moment === moment)!.offsets).toEqual([
        { partition: 0, offset: 2, metadata: 'clean' },
      ]);
      for (const pass of passes) pass();
      await turn();
      expect(happened()).toEqual(['run 0']);
    },
  );

  test('a partition that is lost without a rebalance takes with it what was overtaken: another reads it', async () => {
    const passes: (() => void)[] = [];
    const slowAtFirst: RecordInterceptor = {
      afterReceive: ({ position }) =>
        position.offset === 0 ? new Promise<void>((resolve) => passes.push(resolve)) : undefined,
    };
    const { assign, read, happened, committed, revoke } = createRequestConsumer({
      interceptors: [slowAtFirst],
    });
    assign(fresh(0));
    await committed();
    read(callAt(0), callAt(1));
    await turn();
    revoke(0);
    for (const pass of passes) pass();
    await turn();
    expect(happened()).toEqual(['run 1']);
  });

  test('answers what an interceptor refuses, and commits behind it', async () => {
    const refusing: RecordInterceptor = {
      async afterReceive() {
        throw new Error('unknown caller');
      },
    };
    const { assign, read, happened, committed, ask, commits } = createRequestConsumer({
      interceptors: [refusing],
    });
    assign(fresh(0));
    await committed();
    read(callAt(0));
    await turn();
    ask('interval');
    expect(happened()).toEqual(['error 0']);
    expect(commits.at(-1)!.offsets[0]!.offset).toBe(1);
  });

  test('commits a record with several calls when the last of them is done', async () => {
    const { assign, read, committed, ask, commits, end } = createRequestConsumer();
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
      const { assign, read, committed, ask, commits, end, happened, revoke, consumer } =
        createRequestConsumer({
          maxConcurrentCalls: 1,
        });
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
    const { assign, read, committed, ask, end, happened, consumer } = createRequestConsumer({
      maxConcurrentCalls: 1,
    });
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
    const { assign, read, happened, committed, ask, commits, end } = createRequestConsumer();
    assign({ ...fresh(0), committed: { offset: 0, metadata: 'open' }, endOffset: 1 });
    await committed();
    read(
      recordAt({ partition: 0, offset: 0 }, [
        { id: 1, method: 'mutation' },
        { id: 2, method: 'query' },
        { id: 3, method: 'mutation' },
      ]),
    );
    await turn();
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
    const { assign, read, happened, committed, ask, commits, end } = createRequestConsumer({
      interceptors: [picky],
    });
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
    const { assign, consumer, paused } = createRequestConsumer();
    consumer.setPaused(true);
    assign(fresh(3));
    expect([...paused]).toEqual([3]);
    consumer.setPaused(false);
    expect([...paused]).toEqual([]);
  });

  test('what an interceptor takes longer over holds up those of its key, and no other', async () => {
    const passes: (() => void)[] = [];
    const slowAtFirst: RecordInterceptor = {
      afterReceive: ({ position }) =>
        position.offset === 0 ? new Promise<void>((resolve) => passes.push(resolve)) : undefined,
    };
    const { assign, read, happened, committed } = createRequestConsumer({ interceptors: [slowAtFirst] });
    assign(fresh(0));
    await committed();
    const keyed = (offset: number, key: string) =>
      recordAt({ partition: 0, offset, key }, [{ id: offset, method: 'mutation' }]);
    read(keyed(0, 'a'), keyed(1, 'a'), keyed(2, 'b'), callAt(3), keyed(4, 'a'));
    await turn();
    expect(happened()).toEqual(['run 2', 'run 3']);
    for (const pass of passes) pass();
    await turn();
    expect(happened()).toEqual(['run 0', 'run 1', 'run 4']);
    read(keyed(5, 'a'));
    await turn();
    expect(happened()).toEqual(['run 5']);
  });

  test('a part of the router that is not loaded is, before its calls are judged, and those of a key wait for it', async () => {
    let isLoaded = false;
    const loads: (() => void)[] = [];
    const { assign, read, happened, committed } = createRequestConsumer({
      knownOptions: (path) => (path === 'p' && !isLoaded ? undefined : {}),
      readProcedureOptions: async () => {
        await new Promise<void>((resolve) => loads.push(resolve));
        isLoaded = true;
        return {};
      },
    });
    assign(fresh(0));
    await committed();
    read(recordAt({ partition: 0, offset: 0, key: 'a' }, [{ id: 0, method: 'query' }]));
    await turn();
    isLoaded = true;
    read(recordAt({ partition: 0, offset: 1, key: 'a' }, [{ id: 1, method: 'query' }]), callAt(2));
    await turn();
    expect(happened()).toEqual(['run 2']);
    for (const load of loads) load();
    await turn();
    expect(happened()).toEqual(['run 0', 'run 1']);
  });
});
