/**
 * Reads the partitions of a group's member: one fetch at a time from each broker that leads some.
 * Owns: the fetch loops, who leads what, the offset that is fetched next. Must not know: groups, what records are.
 *
 * The streams of @platformatic/kafka destroy themselves when a fetch fails. Here a broker that cannot be read holds up its
 * partitions and no others, and they are read on, from where they were, as soon as there is a leader again.
 */
import type { RawFetchedPartition } from '../cluster/broker-requests.js';
import {
  codeToTransportError,
  isConnectionTrouble,
  toError,
  toTransportError,
} from '../cluster/client-errors.js';
import type { FetchedBatch } from '../cluster/group-session.js';
import { missingGraceMs } from '../cluster/group-session.js';
import { offsetAfter } from '../cluster/incoming-records.js';
import type { KafkaCluster } from '../cluster/kafka-cluster.js';
import { isRetriableKafkaError, kafkaErrorName } from '../cluster/kafka-error-codes.js';
import { listOffset, lookUpTopic } from '../cluster/partition-lookup.js';
import { sleep } from '../cluster/sleep.js';

/** How partitions are read, and who is told. */
export interface PartitionReaderOptions {
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly maxWaitTimeMs: number;
  /** Records; resolves true when they were taken, false when they are to be fetched again. */
  readonly onBatch: (batch: FetchedBatch) => Promise<boolean>;
  readonly onOffsetLost: (partition: number) => void;
  /** How many partitions the topic has, each time it is looked up. */
  readonly onPartitions: (count: number) => void;
  /** What does not pass by itself. */
  readonly onFailed: (error: Error) => void;
}

/** A partition and the offset that is read first. */
export interface ReadPosition {
  readonly partition: number;
  readonly position: number;
}

/** Reads partitions. */
export interface PartitionReader {
  /** Reads these from now on, and no others. */
  read(positions: readonly ReadPosition[]): void;
  pause(partitions: readonly number[]): void;
  resume(partitions: readonly number[]): void;
  /** Looks up who leads, and how many partitions there are. */
  lookUp(): Promise<void>;
  /** Reads no more until {@link read}. */
  stop(): void;
  close(): void;
}

const pauseMs = 100;
const readUncommitted = 0;
const maxBytes = 10_485_760;

/** What a fetch asks for, by partition. */
type Asked = ReadonlyMap<number, number>;

interface Fetching {
  readonly asked: Asked;
  readonly answer: Promise<readonly RawFetchedPartition[]>;
}

/** Makes a reader that reads nothing yet. */
export function createPartitionReader(options: PartitionReaderOptions): PartitionReader {
  return new ReaderImpl(options);
}

class ReaderImpl implements PartitionReader {
  private readonly options: PartitionReaderOptions;
  private readonly positions = new Map<number, number>();
  private readonly paused = new Set<number>();
  private readonly leaders = new Map<number, number>();
  private readonly loops = new Set<number>();
  private lookingUp: Promise<void> | undefined;
  private seeking = false;
  private missingSinceMs: number | undefined;
  private closed = false;

  constructor(options: PartitionReaderOptions) {
    this.options = options;
  }

  read(positions: readonly ReadPosition[]): void {
    this.positions.clear();
    for (const { partition, position } of positions) this.positions.set(partition, position);
    this.pump();
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.paused.add(partition);
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.paused.delete(partition);
    this.pump();
  }

  stop(): void {
    this.positions.clear();
    this.paused.clear();
  }

  close(): void {
    this.closed = true;
    this.stop();
  }

  lookUp(): Promise<void> {
    this.lookingUp ??= this.findLeaders().finally(() => {
      this.lookingUp = undefined;
    });
    return this.lookingUp;
  }

  private async findLeaders(): Promise<void> {
    const { cluster, topic } = this.options;
    const found = await lookUpTopic(cluster, topic);
    if (this.closed) return;
    if (found === undefined) {
      this.missing();
      return;
    }
    this.missingSinceMs = undefined;
    for (const { partitionId, leader } of found.partitionMetadata) {
      if (leader < 0) this.leaders.delete(partitionId);
      else this.leaders.set(partitionId, leader);
    }
    this.pump();
    this.options.onPartitions(found.partitionMetadata.length);
  }

  /** A topic that was just made is unknown to some brokers for a moment. */
  private missing(): void {
    this.leaders.clear();
    this.missingSinceMs ??= Date.now();
    if (Date.now() - this.missingSinceMs < missingGraceMs) return;
    const unknownTopic = 3;
    this.options.onFailed(codeToTransportError(unknownTopic, `cannot read topic ${this.options.topic}`));
  }

  /** Starts a loop for each broker that leads something to read, and a search for leaders that are not known. */
  private pump(): void {
    if (this.closed) return;
    for (const partition of this.positions.keys()) {
      if (this.paused.has(partition)) continue;
      const leader = this.leaders.get(partition);
      if (leader === undefined) void this.seek();
      else if (!this.loops.has(leader)) void this.loop(leader);
    }
  }

  /** Looks for leaders until all are known. */
  private async seek(): Promise<void> {
    if (this.seeking) return;
    this.seeking = true;
    while (!this.closed && this.lacksLeader()) {
      try {
        await this.lookUp();
      } catch (error) {
        this.failed(toError(error));
      }
      if (this.lacksLeader()) await sleep(pauseMs);
    }
    this.seeking = false;
  }

  private lacksLeader(): boolean {
    for (const partition of this.positions.keys()) if (!this.leaders.has(partition)) return true;
    return false;
  }

  /** The next fetch is on its way before the records of the last one are delivered, so that handling them costs no round trip. */
  private async loop(node: number): Promise<void> {
    this.loops.add(node);
    let fetching: Fetching | undefined;
    try {
      for (;;) {
        fetching ??= this.fetch(node);
        if (fetching === undefined) break;
        const { asked } = fetching;
        const answers = await fetching.answer;
        fetching = undefined;
        if (this.closed) return;
        const readable = answers.filter((answer) => this.isWanted(answer, asked));
        const batches = readable.filter(({ errorCode, messages }) => errorCode === 0 && messages.length > 0);
        for (const { partition, messages } of batches) {
          this.positions.set(partition, offsetAfter(messages, asked.get(partition)!));
        }
        const refused = readable.filter(({ errorCode }) => errorCode !== 0);
        for (const answer of refused) await this.refused(answer);
        if (refused.length > 0) await sleep(pauseMs);
        fetching = this.fetch(node);
        for (const batch of batches) await this.deliver(batch, asked.get(batch.partition)!);
      }
    } catch (error) {
      this.forgetLeader(node);
      this.failed(toError(error));
      await sleep(pauseMs);
    } finally {
      this.loops.delete(node);
    }
    this.pump();
  }

  /** False for what was revoked, paused, or set to another offset, while it was fetched: if need be it is fetched again. */
  private isWanted({ partition }: RawFetchedPartition, asked: Asked): boolean {
    const offset = asked.get(partition);
    if (offset === undefined || this.paused.has(partition)) return false;
    return this.positions.get(partition) === offset;
  }

  private async deliver(
    { partition, messages, highWatermark }: RawFetchedPartition,
    from: number,
  ): Promise<void> {
    const next = this.positions.get(partition);
    if (next !== offsetAfter(messages, from)) return;
    const taken = await this.options.onBatch({ partition, messages, highWatermark });
    if (!taken && this.positions.get(partition) === next) this.positions.set(partition, from);
  }

  private fetch(node: number): Fetching | undefined {
    const { cluster, topic, maxWaitTimeMs } = this.options;
    const asked = new Map<number, number>();
    for (const [partition, offset] of this.positions) {
      if (this.leaders.get(partition) === node && !this.paused.has(partition)) asked.set(partition, offset);
    }
    if (asked.size === 0 || this.closed) return undefined;
    const partitions = [...asked].map(([partition, offset]) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes,
    }));
    const answer = cluster
      .onBroker(node, (broker) =>
        broker.fetch({
          maxWaitTime: maxWaitTimeMs,
          minBytes: 1,
          maxBytes,
          isolationLevel: readUncommitted,
          topics: [{ topic, partitions }],
        }),
      )
      .then(({ responses }) => responses[0]?.partitions ?? []);
    // It is awaited in the next round; until then a failure is nobody's.
    answer.catch(() => undefined);
    return { asked, answer };
  }

  private async refused({ partition, errorCode }: RawFetchedPartition): Promise<void> {
    const name = kafkaErrorName(errorCode);
    if (name === 'OFFSET_OUT_OF_RANGE') {
      await this.goToStart(partition);
    } else if (isRetriableKafkaError(name)) {
      this.leaders.delete(partition);
      void this.seek();
    } else {
      const doing = `cannot read ${this.options.topic}[${partition}]`;
      this.options.onFailed(codeToTransportError(errorCode, doing, 'READ'));
    }
  }

  private async goToStart(partition: number): Promise<void> {
    const { cluster, topic, onOffsetLost } = this.options;
    const leader = this.leaders.get(partition);
    if (leader === undefined) return;
    const lost = this.positions.get(partition);
    onOffsetLost(partition);
    const earliest = await listOffset(cluster, { topic, partition, leader, at: 'earliest' });
    if (this.positions.get(partition) === lost) this.positions.set(partition, earliest);
  }

  private forgetLeader(node: number): void {
    for (const [partition, leader] of this.leaders) if (leader === node) this.leaders.delete(partition);
  }

  /** A broker that is away comes back; what it refuses it refuses again. */
  private failed(error: Error): void {
    if (this.closed || isConnectionTrouble(error)) return;
    const { topic, cluster } = this.options;
    const failure = toTransportError(error, {
      doing: `cannot read topic ${topic}`,
      brokers: cluster.brokersTried,
    });
    if (!failure.retryable && failure.code !== 'BROKERS_UNREACHABLE') this.options.onFailed(failure);
  }
}
