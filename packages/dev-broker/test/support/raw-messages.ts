/**
 * The few messages raw tests need, each at one version, and shorthands to send them.
 */
import {
  array,
  bytes,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableBytes,
  nullableString,
  string,
  uuid,
} from '../../src/wire/primitives.js';
import { struct } from '../../src/wire/struct.js';
import { withDefault } from '../../src/wire/wire-type.js';
import type { RawClient } from './raw-client.js';

const produceV8 = {
  name: 'Produce',
  version: 8,
  flexible: false,
  request: struct({
    transactionalId: withDefault(null, nullableString),
    acks: withDefault(-1, int16),
    timeoutMs: withDefault(1000, int32),
    topics: array(
      struct({ name: string, partitions: array(struct({ index: int32, records: nullableBytes })) }),
    ),
  }),
  response: struct({
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTimeMs: int64,
            logStartOffset: int64,
            recordErrors: array(struct({ batchIndex: int32, message: nullableString })),
            errorMessage: nullableString,
          }),
        ),
      }),
    ),
    throttleTimeMs: int32,
  }),
} as const;

const fetchHead = {
  replicaId: withDefault(-1, int32),
  maxWaitMs: withDefault(0, int32),
  minBytes: withDefault(1, int32),
  maxBytes: withDefault(50_000_000, int32),
  isolationLevel: withDefault(0, int8),
  sessionId: withDefault(0, int32),
  sessionEpoch: withDefault(-1, int32),
};
const fetchAnswer = {
  index: int32,
  errorCode: int16,
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: int64,
  abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
  preferredReadReplica: int32,
  records: nullableBytes,
};
const fetchPartition = {
  index: withDefault(0, int32),
  currentLeaderEpoch: withDefault(-1, int32),
  fetchOffset: int64,
};

export const fetchV11 = {
  name: 'Fetch',
  version: 11,
  flexible: false,
  request: struct({
    ...fetchHead,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            ...fetchPartition,
            logStartOffset: withDefault(-1, int64),
            maxBytes: withDefault(1_000_000, int32),
          }),
        ),
      }),
    ),
    forgotten: withDefault([], array(struct({ name: string, partitions: array(int32) }))),
    rackId: withDefault('', string),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    sessionId: int32,
    topics: array(struct({ name: string, partitions: array(struct(fetchAnswer)) })),
  }),
} as const;

/** Fetch by topic id. */
export const fetchV13 = {
  name: 'Fetch',
  version: 13,
  flexible: true,
  request: struct({
    ...fetchHead,
    topics: array(
      struct({
        topicId: uuid,
        partitions: array(
          struct({
            ...fetchPartition,
            lastFetchedEpoch: withDefault(-1, int32),
            logStartOffset: withDefault(-1, int64),
            maxBytes: withDefault(1_000_000, int32),
          }),
        ),
      }),
    ),
    forgotten: withDefault([], array(struct({ topicId: uuid, partitions: array(int32) }))),
    rackId: withDefault('', string),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    sessionId: int32,
    topics: array(struct({ topicId: uuid, partitions: array(struct(fetchAnswer)) })),
  }),
} as const;

export interface ProduceTarget {
  readonly topic: string;
  readonly partition?: number;
  readonly acks?: number;
}

/** Sends one batch and gives the answer of its partition. */
export async function produce(client: RawClient, target: ProduceTarget, records: Buffer | null) {
  const { topic, partition = 0, acks = -1 } = target;
  const { topics } = await client.send(produceV8, {
    acks,
    topics: [{ name: topic, partitions: [{ index: partition, records }] }],
  });
  return topics[0]!.partitions[0]!;
}

export interface FetchTarget {
  readonly topic: string;
  readonly partition?: number;
  readonly offset: number;
  readonly leaderEpoch?: number;
  readonly partitionMaxBytes?: number;
  readonly maxWaitMs?: number;
  readonly minBytes?: number;
}

/** Fetches one partition and gives its answer. */
export async function fetch(client: RawClient, target: FetchTarget) {
  const {
    maxWaitMs = 0,
    minBytes = 1,
    partition = 0,
    leaderEpoch = -1,
    partitionMaxBytes = 1_000_000,
  } = target;
  const { topics } = await client.send(fetchV11, {
    maxWaitMs,
    minBytes,
    topics: [
      {
        name: target.topic,
        partitions: [
          {
            index: partition,
            currentLeaderEpoch: leaderEpoch,
            fetchOffset: target.offset,
            maxBytes: partitionMaxBytes,
          },
        ],
      },
    ],
  });
  return topics[0]!.partitions[0]!;
}

const joinV5 = {
  name: 'JoinGroup',
  version: 5,
  flexible: false,
  request: struct({
    groupId: string,
    sessionTimeoutMs: withDefault(10_000, int32),
    rebalanceTimeoutMs: withDefault(10_000, int32),
    memberId: withDefault('', string),
    instanceId: withDefault(null, nullableString),
    protocolType: withDefault('consumer', string),
    protocols: withDefault(
      [{ name: 'range', metadata: Buffer.from('m') }],
      array(struct({ name: string, metadata: bytes })),
    ),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    generationId: int32,
    protocolName: string,
    leader: string,
    memberId: string,
    members: array(struct({ memberId: string, instanceId: nullableString, metadata: bytes })),
  }),
} as const;

const memberFields = {
  groupId: string,
  generationId: int32,
  memberId: string,
  instanceId: withDefault(null, nullableString),
};

export const syncV3 = {
  name: 'SyncGroup',
  version: 3,
  flexible: false,
  request: struct({
    ...memberFields,
    assignments: withDefault([], array(struct({ memberId: string, assignment: bytes }))),
  }),
  response: struct({ throttleTimeMs: int32, errorCode: int16, assignment: bytes }),
} as const;

export const heartbeatV3 = {
  name: 'Heartbeat',
  version: 3,
  flexible: false,
  request: struct(memberFields),
  response: struct({ throttleTimeMs: int32, errorCode: int16 }),
} as const;

export const leaveV3 = {
  name: 'LeaveGroup',
  version: 3,
  flexible: false,
  request: struct({
    groupId: string,
    members: array(struct({ memberId: string, instanceId: withDefault(null, nullableString) })),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    members: array(struct({ memberId: string, instanceId: nullableString, errorCode: int16 })),
  }),
} as const;

export const commitV7 = {
  name: 'OffsetCommit',
  version: 7,
  flexible: false,
  request: struct({
    ...memberFields,
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            index: int32,
            offset: int64,
            leaderEpoch: withDefault(-1, int32),
            metadata: withDefault(null, nullableString),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, errorCode: int16 })) })),
  }),
} as const;

/** What a test may say of a join; the rest is as a usual consumer has it. */
export interface JoinTerms {
  readonly memberId?: string;
  readonly instanceId?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocolType?: string;
  readonly protocols?: readonly { readonly name: string; readonly metadata: Buffer }[];
}

/** Joins with exactly these terms. */
export function joinOnce(client: RawClient, groupId: string, terms: JoinTerms = {}) {
  return client.send(joinV5, { groupId, ...terms });
}

/** Joins as clients do: once for a member id, once to be a member. */
export async function join(client: RawClient, groupId: string, terms: JoinTerms = {}) {
  const { memberId } = await joinOnce(client, groupId, terms);
  return joinOnce(client, groupId, { ...terms, memberId });
}
