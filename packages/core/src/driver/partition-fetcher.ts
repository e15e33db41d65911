/**
 * The part of the driver seam that reads partitions on demand: nothing is fetched that was not asked for, so that a reader
 * who takes no more holds nothing. Position, patience and the choice of what to do next are the caller's.
 */
import type { KafkaTransportError } from '../errors/transport-error.js';
import type { IncomingRecord } from './record.js';

/**
 * Which records are read: all, or only those that belong to no transaction or to one that was committed. The latter end
 * where the oldest open transaction begins.
 */
export type Isolation = 'committed' | 'uncommitted';

/** How a fetcher is opened. */
export interface PartitionFetcherOptions {
  /** Longest time a fetch waits at the broker for records to come. 0 answers at once with what there is. */
  readonly maxWaitTimeMs: number;
  readonly isolation: Isolation;
}

/** Fetches from partitions, on connections of its own. One fetch at a time per broker: a second waits for the first. */
export interface PartitionFetcher {
  /**
   * The broker that leads each partition of a topic, `undefined` where there is none at the moment; asks the brokers each
   * time. `undefined` when the topic does not exist.
   */
  findLeaders(topic: string): Promise<ReadonlyMap<number, number | undefined> | undefined>;
  /** Reads from partitions of a topic that one broker leads. Rejects when the request as a whole failed. */
  fetch(request: FetchRequest): Promise<readonly PartitionFetch[]>;
  /** Cuts its connections; what is under way rejects. */
  close(): void;
}

/** What to fetch. */
export interface FetchRequest {
  readonly topic: string;
  /** As {@link PartitionFetcher.findLeaders} told it. */
  readonly broker: number;
  /** Brokers fill the answer in this order. */
  readonly positions: readonly FetchPosition[];
  /** Most bytes of the answer, in all and per partition, but for the first batch, which always comes whole. */
  readonly maxBytes: number;
}

/** From where on a partition is read. */
export interface FetchPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What came of one partition. */
export type PartitionFetch =
  | FetchedRange
  /** The offset lies before the first record that is kept, or beyond the end. */
  | { readonly kind: 'out-of-range'; readonly partition: number }
  /** Such as a leader that is none any more. */
  | { readonly kind: 'failed'; readonly partition: number; readonly error: KafkaTransportError };

/** A stretch of a partition, from the offset that was asked for. */
export interface FetchedRange {
  readonly kind: 'records';
  readonly partition: number;
  /** In offset order. Offsets without a record are those of control records, aborted transactions and compaction. */
  readonly records: readonly IncomingRecord[];
  /** Where to go on: behind the last record, and behind what left none. */
  readonly nextOffset: number;
  /** The offset up to which records could be read at the time of the fetch. */
  readonly endOffset: number;
  /** What could not be read in this stretch: compressed with a codec nobody installed, or not what Kafka says it is. */
  readonly unreadable: readonly UnreadableRange[];
}

/** Records of which nothing is known but where they are. */
export interface UnreadableRange {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly error: Error;
}
