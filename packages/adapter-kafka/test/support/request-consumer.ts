/** A request consumer to be tested without brokers: the test assigns partitions, delivers records and ends calls. */
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
  jsonOnly,
  recordHeader,
} from '@trpc-kafka/core/internal';
import { createDispatcher } from '../../src/calls/dispatcher.js';
import type { KnownProcedureOptions, ReadProcedureOptions } from '../../src/calls/procedure-options.js';
import type { ServedCall } from '../../src/calls/served-call.js';
import { handlerCounterNames } from '../../src/options.js';
import type { Replier } from '../../src/replies/replier.js';
import type { BatchLimit } from '../../src/requests/batch-limit.js';
import type { PartitionOpening } from '../../src/requests/partition-gate.js';
import { openRequestConsumer, type RequestConsumer } from '../../src/requests/request-consumer.js';

type GroupOptions = Parameters<KafkaDriver['openGroup']>[0];

const inboxId = 'A'.repeat(22);

/** Until what is due now has happened. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A group whose driver is the test. */
interface FakeGroup {
  readonly driver: KafkaDriver;
  readonly commits: { readonly moment: CommitMoment; readonly offsets: readonly CommitOffset[] }[];
  readonly paused: Set<number>;
  /** Asks for offsets to commit. */
  readonly ask: (moment: CommitMoment) => void;
  readonly assign: (...partitions: AssignedPartition[]) => void;
  /** The brokers have taken the commits made so far. */
  readonly committed: () => Promise<void>;
  readonly revoke: (...partitions: number[]) => void;
  readonly read: (...records: IncomingRecord[]) => void;
}

/** A request consumer and what a test does to it. */
export interface TestedRequestConsumer extends FakeGroup {
  readonly consumer: RequestConsumer;
  /** What it did since it was last asked. */
  readonly happened: () => string[];
  /** Ends a call that runs. */
  readonly end: (id: number) => void;
}

function createFakeGroup(): FakeGroup {
  let options: GroupOptions | undefined;
  const commits: FakeGroup['commits'] = [];
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
      return new Promise((resolve) => finishCommit.push(() => resolve(true)));
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

/** What a test can say about it. */
export interface RequestConsumerHarness {
  readonly interceptors?: readonly RecordInterceptor[];
  readonly maxConcurrentCalls?: number;
  readonly readProcedureOptions?: ReadProcedureOptions;
  readonly knownOptions?: KnownProcedureOptions;
  readonly isKnown?: (call: ServedCall) => boolean | PromiseLike<boolean>;
  readonly opening?: PartitionOpening;
  readonly batchLimit?: BatchLimit;
  /** A call is answered without having run. */
  readonly onAnswer?: (call: ServedCall) => void;
}

/** A request consumer whose brokers, procedures and repliers are the test. */
export function createRequestConsumer({
  interceptors = [],
  maxConcurrentCalls = 10,
  readProcedureOptions = async () => ({}),
  knownOptions = () => ({}),
  isKnown = () => false,
  opening = {},
  onAnswer = () => {},
  batchLimit = {},
}: RequestConsumerHarness = {}): TestedRequestConsumer {
  const fake = createFakeGroup();
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const counters = createCounters(handlerCounterNames);
  const dispatcher = createDispatcher({
    maxConcurrentCalls,
    counters,
    onExpired: () => {},
    onDuplicate: () => {},
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
    plain(call, message) {
      log.push(`${message.kind} ${message.id}`);
      onAnswer(call);
    },
    error(call) {
      log.push(`error ${call.message.id}`);
      onAnswer(call);
    },
    notify: () => true,
    handedOver: async () => {},
    report() {},
    chunk: () => 0,
    shapeOf: () => ({ code: -32603, message: '', data: {} }),
    serialize: (value) => value,
    unwritten() {},
  };
  const consumer = openRequestConsumer({
    driver: fake.driver,
    groupId: 'flights',
    topic: 'requests',
    appendTime: true,
    clockSkewMs: 0,
    interceptors,
    codecs: jsonOnly,
    batchLimit,
    dispatcher,
    replier,
    readProcedureOptions,
    knownOptions,
    isKnown,
    opening,
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

/** A partition that nobody owned before. */
export function fresh(partition: number, position = 0, kept = false): AssignedPartition {
  return { partition, position, committed: undefined, endOffset: position, kept };
}

/** A partition whose owner died, and may have run all below an offset. */
export function inDoubt(below: number): AssignedPartition {
  return { ...fresh(0), committed: { offset: 0, metadata: 'open' }, endOffset: below };
}

/** A record whose call has its offset as id. */
export function callAt(
  offset: number,
  method: 'query' | 'mutation' = 'query',
  partition = 0,
): IncomingRecord {
  return recordAt({ partition, offset }, [{ id: offset, method }]);
}

/** A record with several calls. */
export function bundleAt(
  offset: number,
  ids: readonly number[],
  method: 'query' | 'mutation' = 'query',
): IncomingRecord {
  return recordAt(
    { partition: 0, offset },
    ids.map((id) => ({ id, method })),
  );
}

/** A record with calls of any kind. */
export function recordAt(
  place: { partition: number; offset: number; key?: string },
  calls: readonly { id: number; method: 'query' | 'mutation' }[],
): IncomingRecord {
  const address = { topic: 'checkout.replies', partition: 0, inboxId };
  const envelopes = calls.map((call) => encodeEnvelope({ kind: 'call', path: 'p', input: 1, ...call }));
  return {
    ...place,
    topic: 'requests',
    timestampMs: Date.now(),
    key: place.key === undefined ? null : Buffer.from(place.key),
    value: Buffer.from(joinEnvelopes(envelopes)),
    headers: { [recordHeader]: formatSender(inboxId, address) },
  };
}
