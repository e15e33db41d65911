/**
 * Batching: gathers what was written in one turn of the event loop into one batch for the driver.
 * Owns: when a batch is formed and how large it is. Under load batches grow by themselves, because the next one
 * waits for the one in flight; with one call in flight nothing waits (timers would cost milliseconds).
 * Must not know: what is in a record.
 */
import { outsideOfCalls } from '../call-context/call-context.js';
import type { KafkaDriver, ProduceOutcome } from '../driver/kafka-driver.js';
import type { OutgoingRecord, RecordPosition } from '../driver/record.js';

/** Something to be written. One object per record, kept by its owner: no promise and no closure per record. */
export interface BatchEntry {
  /** Estimated size on the wire. */
  readonly bytes: number;
  /** Asked when the batch is formed: the record as it is now, or `undefined` when it is no longer wanted. */
  toRecord(batch: BatchPartitions): OutgoingRecord | undefined;
  delivered(position: RecordPosition): void;
  failed(error: Error): void;
}

/** Chooses one partition per topic and batch: fewer record batches at the broker, spread from batch to batch. */
export interface BatchPartitions {
  partitionFor(picker: PartitionPicker): number;
}

/** Picks a partition for the records of a batch that have no key. */
export interface PartitionPicker {
  pick(): number;
}

/** Writes records in batches. */
export interface RecordBatcher {
  /** Takes an entry; it is written with the next batch. */
  add(entry: BatchEntry): void;
  /** Resolves when everything added before was written or failed. */
  drain(): Promise<void>;
  /** Entries that wait for a batch. */
  queued(): number;
}

/** What a batcher needs. */
export interface RecordBatcherOptions {
  readonly driver: Pick<KafkaDriver, 'produce' | 'maxBatchesInFlight'>;
  /** kafkajs groups records quadratically above some hundreds. @default 512 */
  readonly maxRecords?: number;
  /** A batch never exceeds the topics' limit. @default 900000 */
  readonly maxBytes?: number;
}

/** How soon a queue that is held back looks again whether it may go on. */
const recheckMs = 100;

/** Makes a batcher over a driver. */
export function createRecordBatcher(options: RecordBatcherOptions): RecordBatcher {
  return new RecordBatcherImpl(options);
}

class RecordBatcherImpl implements RecordBatcher {
  private queue: BatchEntry[] = [];
  /** Entries ever added, and taken into a batch: an entry's number is its place in this order. */
  private added = 0;
  private taken = 0;
  /** The batches in flight, by the number of their first entry. */
  private readonly inFlight = new Set<number>();
  private scheduled = false;
  private drainWaiters: DrainWaiter[] = [];
  private readonly driver: RecordBatcherOptions['driver'];
  private readonly maxRecords: number;
  private readonly maxBytes: number;
  private recheck: NodeJS.Timeout | undefined;
  private readonly flush = (): void => {
    this.scheduled = false;
    while (this.queue.length > 0 && this.inFlight.size < this.driver.maxBatchesInFlight) this.sendBatch();
    this.watchLimit();
    this.wakeDrained();
  };

  constructor(options: RecordBatcherOptions) {
    this.driver = options.driver;
    this.maxRecords = options.maxRecords ?? 512;
    this.maxBytes = options.maxBytes ?? 900_000;
  }

  add(entry: BatchEntry): void {
    this.queue.push(entry);
    this.added++;
    if (this.inFlight.size < this.driver.maxBatchesInFlight) this.schedule();
    else this.watchLimit();
  }

  queued(): number {
    return this.queue.length;
  }

  async drain(): Promise<void> {
    const target = this.added;
    if (this.settledBelow() >= target) return;
    await new Promise<void>((wake) => this.drainWaiters.push({ target, wake }));
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // A batch is of many calls: connections that are opened for it belong to none of them.
    outsideOfCalls(() => setImmediate(this.flush));
  }

  /** A driver allows more batches when those in flight are held up by one broker: the queue must not wait for that broker. */
  private watchLimit(): void {
    if (this.queue.length === 0 || this.recheck !== undefined) return;
    this.recheck = setTimeout(() => {
      this.recheck = undefined;
      this.flush();
    }, recheckMs);
  }

  private sendBatch(): void {
    const first = this.taken;
    const entries = this.takeEntries();
    this.taken += entries.length;
    const partitions = createBatchPartitions();
    const records: OutgoingRecord[] = [];
    const wanted: BatchEntry[] = [];
    for (const entry of entries) {
      const record = entry.toRecord(partitions);
      if (record === undefined) continue;
      records.push(record);
      wanted.push(entry);
    }
    if (records.length === 0) return;
    this.inFlight.add(first);
    void this.driver
      .produce(records)
      .catch((error: Error) => wanted.map((): ProduceOutcome => ({ ok: false, error })))
      .then((outcomes) => {
        this.inFlight.delete(first);
        this.settle(wanted, outcomes);
      });
  }

  /** Every entry with a lower number is settled. */
  private settledBelow(): number {
    return this.inFlight.size === 0 ? this.taken : Math.min(...this.inFlight);
  }

  private takeEntries(): readonly BatchEntry[] {
    let bytes = 0;
    let count = 0;
    const limit = Math.min(this.queue.length, this.maxRecords);
    while (count < limit) {
      bytes += this.queue[count]!.bytes;
      if (count > 0 && bytes > this.maxBytes) break;
      count++;
    }
    if (count < this.queue.length) return this.queue.splice(0, count);
    const all = this.queue;
    this.queue = [];
    return all;
  }

  private settle(entries: readonly BatchEntry[], outcomes: readonly ProduceOutcome[]): void {
    if (this.queue.length > 0) this.schedule();
    for (let i = 0; i < entries.length; i++) {
      const outcome = outcomes[i]!;
      if (outcome.ok) entries[i]!.delivered(outcome.position);
      else entries[i]!.failed(outcome.error);
    }
    this.wakeDrained();
  }

  private wakeDrained(): void {
    if (this.queue.length === 0) {
      clearTimeout(this.recheck);
      this.recheck = undefined;
    }
    if (this.drainWaiters.length === 0) return;
    const settled = this.settledBelow();
    const drained = this.drainWaiters.filter(({ target }) => target <= settled);
    this.drainWaiters = this.drainWaiters.filter(({ target }) => target > settled);
    for (const { wake } of drained) wake();
  }
}

/** Waits until every entry with a number below the target is settled; others may come meanwhile. */
interface DrainWaiter {
  readonly target: number;
  readonly wake: () => void;
}

function createBatchPartitions(): BatchPartitions {
  const picked = new Map<PartitionPicker, number>();
  return {
    partitionFor(picker) {
      let partition = picked.get(picker);
      if (partition === undefined) {
        partition = picker.pick();
        picked.set(picker, partition);
      }
      return partition;
    },
  };
}
