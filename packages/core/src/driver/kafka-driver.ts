/**
 * The driver seam: everything trpc-kafka asks of a Kafka client, and nothing more.
 * Owns: the interfaces a driver implements. Must not know: any Kafka client, the wire protocol, tRPC.
 * A driver passes the suite in test/driver against every broker.
 */
import type { DriverEventListener } from './driver-event.js';
import type { GroupConsumer, GroupConsumerOptions } from './group-consumer.js';
import type { InboxConsumer, InboxConsumerOptions } from './inbox-consumer.js';
import type { PartitionFetcher, PartitionFetcherOptions } from './partition-fetcher.js';
import type { OutgoingRecord, RecordPosition } from './record.js';
import type { TopicDescription, TopicOffsetsQuery, TopicSpec } from './topic-spec.js';

/**
 * A Kafka client as trpc-kafka uses it. All promises reject with `KafkaTransportError` only.
 * `createKafkajsDriver(kafka)` makes one from a kafkajs instance.
 */
export interface KafkaDriver {
  /** The client it drives, for logs: `kafkajs`. */
  readonly name: string;
  /**
   * How many `produce` calls should run at a time: as few as keep the brokers busy, so that batches grow under load.
   * Not a constant: calls that a hung leader holds up do not count, so that it does not hold up what others lead.
   */
  readonly maxBatchesInFlight: number;

  /** Connects what writing needs. Resolves when a broker answered; may be called repeatedly. */
  connect(): Promise<void>;

  /**
   * Writes one batch with acks of all in-sync replicas. Resolves with one outcome per record, in the records' order;
   * it rejects never: what failed is in the outcomes. Records of a partition are written in the order of the calls,
   * however many run at a time; {@link maxBatchesInFlight} says how many pay off.
   */
  produce(records: readonly OutgoingRecord[]): Promise<readonly ProduceOutcome[]>;

  /** Joins a consumer group. Returns at once; `ready` of the result tells when it is joined and positioned. */
  openGroup(options: GroupConsumerOptions): GroupConsumer;

  /** Reads one partition without a group. Returns at once; `ready` of the result tells its first offset. */
  openInbox(options: InboxConsumerOptions): InboxConsumer;

  /** Reads partitions on demand. Nothing connects before the first request. */
  openFetcher(options: PartitionFetcherOptions): PartitionFetcher;

  /** Partition count of a topic, `undefined` when it does not exist. Never creates a topic; asks the brokers each time. */
  countPartitions(topic: string): Promise<number | undefined>;

  /** Partitions, replication and the settings that matter of the topics that exist; missing ones are absent from the map. */
  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;

  /** Creates the topics that are missing and waits for their leaders. Settings the brokers refuse: see {@link TopicSpec}. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;

  /** Offsets per partition, at the start, at the end, or at the first record not older than a time. */
  listOffsets(query: TopicOffsetsQuery): Promise<ReadonlyMap<number, number>>;

  /** Calls the listener for every state change. Returns the remover. Listeners never disturb the driver. */
  on(listener: DriverEventListener): () => void;

  /**
   * Cuts the connections that nothing opened here uses; the next use connects anew. Called when the last client or handler
   * that shares a driver is closed, so that a driver nobody holds keeps no process alive. Without it they stay until `close`.
   */
  disconnect?(): void;

  /** Stops everything opened here and disconnects; within 1 s, also when brokers do not answer. */
  close(): Promise<void>;
}

/** What became of one record of a batch. */
export type ProduceOutcome =
  | { readonly ok: true; readonly position: RecordPosition }
  | { readonly ok: false; readonly error: Error };
