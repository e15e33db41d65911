/**
 * The producer: writes records idempotently, one batch per partition and one request per leader at a time.
 * Owns: queues per partition, leaders, retries, the producer's identity. Must not know: the wire protocol of trpc-kafka.
 * A leader that hangs delays the partitions it leads and no others.
 */
import type { DriverEvent } from '../driver-event.js';
import type { ProduceOutcome } from '../kafka-driver.js';
import type { OutgoingRecord } from '../record.js';
import type { RawProduceResponse } from './broker-requests.js';
import { closedError, toError, toTransportError } from './client-errors.js';
import type { KafkaCluster } from './kafka-cluster.js';
import type { KnownLeaders } from './known-leaders.js';
import { createLeaderFinder, type LeaderFinder } from './leader-finder.js';
import { type Leader, takeBatches } from './partition-leader.js';
import { createPartitionQueues } from './partition-queues.js';
import {
  extractUnencodable,
  finishBatch,
  hasUnencodable,
  isSendable,
  keepForRetry,
  type PartitionQueue,
  type PendingRecord,
  type ProduceBatch,
  type ProduceCall,
  renumberBatch,
  splitBatch,
  takeBackNumber,
} from './produce-batch.js';
import { deadlineError, encodingError, judgeProduce, type ProduceAnswer } from './produce-verdict.js';
import { createIdentityHolder, type IdentityHolder } from './producer-identity.js';
import type { FindCodec } from './wire/compression.js';
import { createProduceExchange, EncodingError } from './wire/produce-exchange.js';

/** Writes records. */
export interface ClusterProducer {
  connect(): Promise<void>;
  produce(records: readonly OutgoingRecord[]): Promise<readonly ProduceOutcome[]>;
  /** See `KafkaDriver`. */
  maxBatchesInFlight(): number;
  /** Fails what is not yet written. */
  close(): void;
}

/** What a producer needs. */
export interface ClusterProducerOptions {
  readonly cluster: KafkaCluster;
  readonly known: KnownLeaders;
  readonly emit: (event: DriverEvent) => void;
  readonly now: () => number;
  /** How long a record is tried before its outcome is an error. */
  readonly deliveryTimeoutMs: number;
  readonly compression?: number;
  readonly findCodec: FindCodec;
}

const retryPauseMs = 100;
const sweepMs = 500;
const batchesInFlight = 4;
const mostBatchesInFlight = 64;
/** A call this old is held up by something. */
const lateMs = 100;
const firstTimeoutMs = 2500;
const longestTimeoutMs = 20_000;

/** Makes a producer on a cluster of its own. */
export function createClusterProducer(options: ClusterProducerOptions): ClusterProducer {
  const producer = new ProducerImpl(options);
  return {
    connect: () => producer.connect(),
    produce: (records) => producer.produce(records),
    maxBatchesInFlight: () => producer.maxBatchesInFlight(),
    close: () => producer.close(),
  };
}

class ProducerImpl {
  private readonly options: ClusterProducerOptions;
  private readonly queues = createPartitionQueues();
  private readonly identity: IdentityHolder;
  private readonly finder: LeaderFinder;
  private readonly leaders = new Map<number, Leader>();
  private readonly leaderOf = new Map<PartitionQueue, Leader>();
  /** Calls without all their outcomes, oldest first. */
  private readonly calls = new Set<ProduceCall>();
  private sweeper: NodeJS.Timeout | undefined;
  private lastError: Error | undefined;
  private closed = false;

  constructor(options: ClusterProducerOptions) {
    this.options = options;
    const { cluster, known, emit, now } = options;
    this.identity = createIdentityHolder(cluster, emit);
    this.finder = createLeaderFinder({
      cluster,
      known,
      now,
      identity: this.identity,
      isClosed: () => this.closed,
      found: (leaders) => this.sendTo(leaders),
      failed: (queue, error) => this.failQueue(queue, error),
      forgotten: (queue) => {
        if (!isSendable(queue)) this.queues.delete(queue);
      },
      lookUpFailed: (error) => {
        this.lastError = error;
      },
    });
  }

  async connect(): Promise<void> {
    await this.options.cluster.connect();
    await this.identity.get();
  }

  produce(records: readonly OutgoingRecord[]): Promise<readonly ProduceOutcome[]> {
    if (this.closed) {
      const error = closedError('cannot write records');
      return Promise.resolve(records.map(() => ({ ok: false, error })));
    }
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((resolve) => {
      const call: ProduceCall = {
        outcomes: [],
        startedMs: this.options.now(),
        remaining: records.length,
        resolve,
      };
      this.calls.add(call);
      this.enqueue(records, call);
    });
  }

  maxBatchesInFlight(): number {
    if (this.calls.size < batchesInFlight) return batchesInFlight;
    const late = this.options.now() - lateMs;
    let heldUp = 0;
    for (const call of this.calls) {
      if (call.startedMs > late) break;
      heldUp++;
    }
    return Math.min(batchesInFlight + heldUp, mostBatchesInFlight);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.sweeper);
    const error = closedError('a record was not written');
    for (const queue of this.queues.all()) this.failQueue(queue, error);
  }

  private enqueue(records: readonly OutgoingRecord[], call: ProduceCall): void {
    const touched = new Set<PartitionQueue>();
    for (let index = 0; index < records.length; index++) {
      const record = records[index]!;
      const queue = this.queues.at(record.topic, record.partition);
      queue.pending.push({ record, call, index, alone: false });
      touched.add(queue);
    }
    const leaders = new Set<Leader>();
    for (const queue of touched) {
      const leader = this.leaderOf.get(queue) ?? this.recall(queue);
      if (leader === undefined) {
        this.finder.add(queue);
      } else {
        leader.ready.add(queue);
        leaders.add(leader);
      }
    }
    for (const leader of leaders) this.pump(leader);
    this.sweeper ??= setTimeout(this.sweep, sweepMs);
  }

  /** Sends what is ready for a leader, unless a request to it is in flight. */
  private pump(leader: Leader): void {
    if (leader.busy || this.closed || leader.ready.size === 0) return;
    const identity = this.identity.current();
    if (identity === undefined) {
      this.abandon(leader);
      return;
    }
    const batches = takeBatches(leader, identity);
    if (batches.length === 0) return;
    leader.busy = true;
    void this.send(leader, batches);
  }

  /** Lets the queues of a leader take the way through the lookup, which also gets an identity. */
  private abandon(leader: Leader): void {
    for (const queue of leader.ready) {
      this.leaderOf.delete(queue);
      this.finder.add(queue);
    }
    leader.ready.clear();
  }

  private async send(leader: Leader, batches: readonly ProduceBatch[]): Promise<void> {
    const { cluster, compression = 0, findCodec, now } = this.options;
    let sent = false;
    try {
      const response = await cluster.exchange(leader.nodeId, (versions) => {
        sent = true;
        const timeoutMs = timeoutOf(batches);
        return createProduceExchange(batches, { compression, findCodec, versions, timeoutMs, nowMs: now() });
      });
      const answers = indexAnswers(response);
      for (const batch of batches)
        this.settle(batch, answers.get(batch.queue.topic)?.get(batch.queue.partition));
    } catch (error) {
      this.sendingFailed(batches, { error: toError(error), sent });
    } finally {
      leader.busy = false;
      this.pump(leader);
    }
  }

  private sendingFailed(
    batches: readonly ProduceBatch[],
    failure: { readonly error: Error; readonly sent: boolean },
  ): void {
    const { error, sent } = failure;
    this.lastError = error;
    const encoding = error instanceof EncodingError;
    const guilty = encoding ? batches.filter((batch) => hasUnencodable(batch)) : [];
    for (const batch of batches) {
      if (batch.queue.inFlight !== batch) continue;
      if (encoding && (guilty.length === 0 || guilty.includes(batch))) {
        this.dropUnencodable(batch, error);
      } else {
        if (sent && !encoding) batch.ambiguous = true;
        this.retry(batch, error);
      }
    }
  }

  private dropUnencodable(batch: ProduceBatch, error: Error): void {
    finishBatch(batch);
    takeBackNumber(batch);
    this.fail(extractUnencodable(batch), encodingError(batch.queue, error));
    if (isSendable(batch.queue)) this.requeue(batch.queue);
  }

  private settle(batch: ProduceBatch, answer: ProduceAnswer | undefined): void {
    const { queue } = batch;
    if (queue.inFlight !== batch) return;
    const verdict = judgeProduce(answer, batch);
    switch (verdict.kind) {
      case 'written':
        finishBatch(batch);
        this.deliver(batch, verdict.baseOffset);
        break;
      case 'retry':
        this.retry(batch, verdict.error);
        return;
      case 'split':
        finishBatch(batch);
        takeBackNumber(batch);
        splitBatch(batch);
        break;
      case 'new-identity':
        this.replaceIdentity(batch, verdict.error);
        return;
      case 'fail':
        finishBatch(batch);
        takeBackNumber(batch);
        this.fail(batch.records, verdict.error);
        // An earlier attempt may still land under this number: it must not be used for other records.
        if (batch.ambiguous) this.identity.forget('a record was given up', verdict.error);
        break;
    }
    if (isSendable(queue)) this.requeue(queue);
  }

  /** Puts a queue that has something to send where it will be sent from. */
  private requeue(queue: PartitionQueue): void {
    const leader = this.leaderOf.get(queue);
    if (leader === undefined) {
      this.finder.add(queue);
    } else {
      leader.ready.add(queue);
      this.pump(leader);
    }
  }

  private retry(batch: ProduceBatch, error: Error): void {
    const { queue } = batch;
    keepForRetry(batch);
    this.leaderOf.delete(queue);
    this.options.emit({ type: 'produce-retried', records: batch.records.length, error });
    if (queue.failures === 1) this.requeue(queue);
    else setTimeout(() => this.closed || this.requeue(queue), retryPauseMs);
  }

  private deliver(batch: ProduceBatch, baseOffset: number): void {
    const { topic, partition } = batch.queue;
    const { records } = batch;
    for (let i = 0; i < records.length; i++) {
      this.give(records[i]!, { ok: true, position: { topic, partition, offset: baseOffset + i } });
    }
  }

  private fail(records: readonly PendingRecord[], error: Error): void {
    for (const pending of records) this.give(pending, { ok: false, error });
  }

  private give(pending: PendingRecord, outcome: ProduceOutcome): void {
    const { call } = pending;
    call.outcomes[pending.index] = outcome;
    call.remaining--;
    if (call.remaining > 0) return;
    this.calls.delete(call);
    call.resolve(call.outcomes);
  }

  private failQueue(queue: PartitionQueue, error: Error): void {
    const batch = queue.retry ?? queue.inFlight;
    const records = [...(batch?.records ?? []), ...queue.pending];
    queue.retry = undefined;
    queue.inFlight = undefined;
    queue.pending = [];
    queue.failures = 0;
    this.finder.delete(queue);
    if (batch?.ambiguous === true) this.identity.forget('records were given up', error);
    this.fail(records, error);
  }

  private sendTo(leaders: ReadonlyMap<PartitionQueue, number>): void {
    const ready = new Set<Leader>();
    for (const [queue, nodeId] of leaders) {
      const leader = this.assign(queue, nodeId);
      leader.ready.add(queue);
      ready.add(leader);
    }
    for (const leader of ready) this.pump(leader);
  }

  private recall(queue: PartitionQueue): Leader | undefined {
    const nodeId = this.finder.recall(queue);
    return nodeId === undefined ? undefined : this.assign(queue, nodeId);
  }

  private assign(queue: PartitionQueue, nodeId: number): Leader {
    let leader = this.leaders.get(nodeId);
    if (leader === undefined) {
      leader = { nodeId, ready: new Set(), busy: false };
      this.leaders.set(nodeId, leader);
    }
    this.leaderOf.set(queue, leader);
    return leader;
  }

  private replaceIdentity(batch: ProduceBatch, error: Error): void {
    this.identity.forget('the brokers no longer know its sequence', error);
    this.identity.get().then(
      (identity) => {
        if (batch.queue.inFlight === batch) this.retry(renumberBatch(batch, identity), error);
      },
      (failure: unknown) => {
        if (batch.queue.inFlight === batch)
          this.failQueue(batch.queue, toTransportError(failure, { doing: 'records were not written' }));
      },
    );
  }

  /** Gives up what is over its time. One timer for all, and only while something is under way. */
  private readonly sweep = (): void => {
    this.sweeper = undefined;
    const overdue = this.options.now() - this.options.deliveryTimeoutMs;
    for (const queue of this.queues.all()) {
      const oldest = queue.retry?.records[0] ?? queue.pending[0];
      if (queue.inFlight !== undefined || oldest === undefined) continue;
      if (oldest.call.startedMs <= overdue) this.failQueue(queue, deadlineError(queue, this.lastError));
    }
    if (this.calls.size > 0) this.sweeper = setTimeout(this.sweep, sweepMs);
  };
}

/**
 * How long replicas may take to acknowledge; sending again is safe, so that a leader which hangs is given up soon.
 * Longer from attempt to attempt: the line may just be slow.
 */
function timeoutOf(batches: readonly ProduceBatch[]): number {
  const failures = Math.max(...batches.map((batch) => batch.queue.failures));
  return Math.min(firstTimeoutMs * 2 ** failures, longestTimeoutMs);
}

/** Answers by topic and partition; partitions the broker did not mention are absent. */
function indexAnswers(response: RawProduceResponse): ReadonlyMap<string, ReadonlyMap<number, ProduceAnswer>> {
  return new Map(
    response.topics.map(({ topicName, partitions }) => [
      topicName,
      new Map(partitions.map((answer) => [answer.partition, answer])),
    ]),
  );
}
