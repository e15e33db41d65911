/**
 * One life of a kafkajs consumer: from its start until it stops or dies.
 * Owns: the consumer, its events, requests to the coordinator under the generation it joined.
 * Must not know: policies. What to do about a death, a rebalance or a record is decided by cluster-group.ts.
 */
import type { Consumer, ConsumerConfig, Kafka } from 'kafkajs';
import type { RawFetchResponse, RawJoinGroupResponse, RawMetadata } from '../cluster/broker-requests.js';
import { codeToTransportError, isConnectionTrouble, toError } from '../cluster/client-errors.js';
import type { ConnectionReporter } from '../cluster/connection-reporter.js';
import { createGroupCoordinator } from '../cluster/group-coordinator.js';
import {
  defaultSessionTimeoutMs,
  type GroupSession,
  type GroupSessionListener,
  type GroupSessionOptions,
  missingGraceMs,
} from '../cluster/group-session.js';
import { requestTimeoutsMs } from '../cluster/kafka-cluster.js';
import { kafkaErrorName } from '../cluster/kafka-error-codes.js';
import type { RefusedCredentials } from '../cluster/refused-credentials.js';
import type { FetchReading } from '../cluster/wire/fetch-response.js';
import type { TunedCluster } from './cluster-tuning.js';
import { captureCluster } from './kafkajs-cluster.js';
import { createStickyAssigner } from './sticky-assigner.js';
import type { TimeoutWatch } from './timeout-watch.js';

/** What a session on kafkajs needs besides. */
export interface KafkajsSessionContext {
  readonly kafka: Kafka;
  readonly config: Partial<ConsumerConfig>;
  readonly reading: FetchReading;
  readonly reporter: ConnectionReporter;
  readonly credentials: RefusedCredentials;
  readonly timeouts: TimeoutWatch;
}

/** Makes a session. */
export function createKafkajsSession(
  options: GroupSessionOptions,
  context: KafkajsSessionContext,
): GroupSession {
  const { group, listener } = options;
  const { topic, groupId } = group;
  const maxWaitTimeMs = group.maxWaitTimeMs ?? 300;
  const sessionTimeoutMs = group.sessionTimeoutMs ?? defaultSessionTimeoutMs;
  let generation = -1;
  let missingSinceMs: number | undefined;
  const { consumer, tuned } = captureCluster(context.kafka, toConsumerConfig(options, context.config), {
    timeoutsMs: { ...requestTimeoutsMs, Fetch: maxWaitTimeMs + 1500 },
    // Both kafkajs and we leave: the second is told that the member is unknown, and kafkajs would log that as an error.
    keepErrorsOf: new Set(['LeaveGroup']),
    fetchPatiently: true,
    reading: context.reading,
    beforeRequest: (apiName) => (apiName === 'JoinGroup' ? listener.beforeJoin() : undefined),
    onResponse: observe,
    onAnswer: (broker) => context.reporter.answered(broker),
    onFailure(error) {
      context.reporter.failed(error);
      if (isConnectionTrouble(error)) coordinator.confirmSoon();
    },
    isNews: (text) => context.reporter.isNews(text),
    credentials: context.credentials,
    timeouts: context.timeouts,
  });
  const coordinator = createGroupCoordinator({
    groupId,
    brokers: {
      any: () => tuned.raw.brokerPool.findConnectedBroker(),
      async at(nodeId) {
        if (tuned.raw.brokerPool.brokers[nodeId] === undefined) await tuned.raw.refreshMetadata();
        return tuned.raw.brokerPool.findBroker({ nodeId });
      },
    },
    rejoinAs: options.rejoinAs,
    isClosed: () => tuned.closed,
    onInterrupted: (error) => listener.interrupted(error),
    onConfirmed: (confirmed) => listener.confirmed(confirmed),
  });
  // Were it not connected, kafkajs would look for another broker.
  const asBroker = { ...coordinator, nodeId: null, isConnected: () => true };
  tuned.raw.findGroupCoordinator = async () => asBroker;

  function observe(apiName: string, response: unknown): void {
    if (apiName === 'JoinGroup') {
      const joined = response as RawJoinGroupResponse;
      if (joined.errorCode === 0) generation = joined.generationId;
      coordinator.observeJoin(joined);
    } else if (apiName === 'Fetch') {
      tellLostOffsets(response as RawFetchResponse, listener);
    } else if (apiName === 'Metadata') {
      tellMissing(response as RawMetadata);
    }
  }

  /** kafkajs looks for a topic that was deleted until its retries are used up, for about ten seconds. */
  function tellMissing({ topicMetadata }: RawMetadata): void {
    const found = topicMetadata.find((candidate) => candidate.topic === topic);
    if (found === undefined || kafkaErrorName(found.topicErrorCode) !== 'UNKNOWN_TOPIC_OR_PARTITION') {
      missingSinceMs = undefined;
      return;
    }
    missingSinceMs ??= Date.now();
    if (Date.now() - missingSinceMs < missingGraceMs) return;
    listener.died(
      codeToTransportError(found.topicErrorCode, `cannot read topic ${topic} as group ${groupId}`),
    );
  }

  consumer.on(consumer.events.REBALANCING, () => listener.rebalancing());
  consumer.on(consumer.events.CRASH, ({ payload }) => listener.died(toError(payload.error)));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    listener.joined({
      memberId: payload.memberId,
      generation,
      partitions: payload.memberAssignment[topic] ?? [],
    });
  });

  return {
    brokersTried: tuned.brokersTried,
    get memberId() {
      return coordinator.memberId;
    },
    get aliveMs() {
      return coordinator.askedMs;
    },
    get isJoining() {
      return coordinator.isJoining;
    },
    isMember: () => Date.now() - coordinator.confirmedMs < sessionTimeoutMs,
    confirmSoon() {
      if (Date.now() - coordinator.confirmedMs > sessionTimeoutMs / 3) coordinator.confirmSoon();
    },
    async start() {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => {
          const { batch } = payload;
          if (await listener.batch(batch)) payload.resolveOffset(batch.lastOffset());
        },
      });
    },
    async find(partitions) {
      if (partitions.length === 0) return [];
      const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
      const [committed, ends] = await Promise.all([
        coordinator.offsetFetch({ groupId, topics }),
        listEnds(tuned, topic, partitions),
      ]);
      return (committed.responses[0]?.partitions ?? []).map(({ partition, offset, metadata }) => ({
        partition,
        committed: Number(offset) < 0 ? undefined : { offset: Number(offset), metadata: metadata ?? '' },
        earliest: ends.earliest.get(partition) ?? 0,
        endOffset: ends.latest.get(partition) ?? 0,
      }));
    },
    read() {
      // It has begun with what it found by itself.
    },
    async commit(membership, offsets) {
      const partitions = offsets.map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        metadata: metadata ?? '',
      }));
      await coordinator.offsetCommit({
        groupId,
        memberId: membership.memberId,
        groupGenerationId: membership.generation,
        topics: [{ topic, partitions }],
      });
    },
    pause: (partitions) => consumer.pause([{ topic, partitions: [...partitions] }]),
    resume: (partitions) => consumer.resume([{ topic, partitions: [...partitions] }]),
    async leave(membership) {
      // It waits for fetches that wait at a broker, and only then leaves: the others wait for it all that time.
      consumer.stop().catch(() => undefined);
      if (membership === undefined) return;
      await coordinator.leaveGroup({ groupId, memberId: membership.memberId });
    },
    close() {
      silenceCrash(consumer);
      tuned.close();
      // Its loops end with the first request that is not sent.
      consumer.stop().catch(() => undefined);
    },
  };
}

/** kafkajs takes the end of its connections for a crash and logs it as an error: from now on it is what was asked for. */
function silenceCrash(consumer: Consumer): void {
  const logger = consumer.logger();
  logger.error = (message, extra) => logger.debug(message, extra);
}

function toConsumerConfig(
  { group, ownership }: GroupSessionOptions,
  config: Partial<ConsumerConfig>,
): ConsumerConfig {
  return {
    maxBytesPerPartition: 10_485_760,
    // Partitions that were added are read this soon; by default it takes kafkajs five minutes to see them.
    metadataMaxAge: 5000,
    ...config,
    groupId: group.groupId,
    sessionTimeout: group.sessionTimeoutMs ?? defaultSessionTimeoutMs,
    heartbeatInterval: group.heartbeatIntervalMs ?? 500,
    maxWaitTimeInMs: group.maxWaitTimeMs ?? 300,
    // A dead consumer is replaced by a new one: kafkajs waits up to 10 s before it restarts its own.
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 500,
      multiplier: 1.5,
      factor: 0.2,
      retries: 20,
      restartOnFailure: async () => false,
    },
    partitionAssigners: [createStickyAssigner(ownership)],
  };
}

interface Ends {
  readonly earliest: ReadonlyMap<number, number>;
  readonly latest: ReadonlyMap<number, number>;
}

async function listEnds(tuned: TunedCluster, topic: string, partitions: readonly number[]): Promise<Ends> {
  const places = partitions.map((partition) => ({ partition }));
  const [[earliest], [latest]] = await Promise.all([
    tuned.raw.fetchTopicsOffset([{ topic, partitions: places, fromBeginning: true }]),
    tuned.raw.fetchTopicsOffset([{ topic, partitions: places, fromBeginning: false }]),
  ]);
  return { earliest: toMap(earliest?.partitions), latest: toMap(latest?.partitions) };
}

function toMap(offsets: readonly { partition: number; offset: string }[] = []): ReadonlyMap<number, number> {
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}

const offsetOutOfRange = 1;

function tellLostOffsets(response: RawFetchResponse, listener: GroupSessionListener): void {
  for (const { partitions } of response.responses) {
    for (const { partition, errorCode } of partitions) {
      if (errorCode === offsetOutOfRange) listener.offsetLost(partition);
    }
  }
}
