/**
 * Reads partitions of the outcomes topic: from some time ago to their end, and on from there for as long as they are wanted.
 * Owns: positions, leaders, what is tried again. Must not know: what becomes of a record.
 */
import {
  type IncomingRecord,
  isKafkaTransportError,
  type KafkaDriver,
  type PartitionFetch,
  type PartitionFetcher,
  type TransportLogger,
} from '@trpc-kafka/core';

/** Reads outcomes. */
export interface OutcomeReader {
  /** Begins to read a partition; resolves when all was read that stood there when it was asked. Rejects only when closed. */
  open(partition: number): Promise<void>;
  /** Reads it no more. */
  release(partition: number): void;
  close(): void;
}

/** What a reader works with. */
export interface OutcomeReaderOptions {
  readonly driver: Pick<KafkaDriver, 'openFetcher' | 'listOffsets'>;
  readonly topic: string;
  /** From when on records are of interest. */
  readonly sinceMs: () => number;
  readonly onRecord: (record: IncomingRecord) => void;
  readonly logger: TransportLogger;
}

const maxAnswerBytes = 4 * 1024 * 1024;
const pauseMs = 100;
/** How long a fetch at the end of all partitions waits at a broker. */
const restMs = 500;

interface ReadPartition {
  readonly partition: number;
  /** The next offset; `undefined` until it is known where to begin. */
  position: number | undefined;
  /** Where it ended when it was opened; `undefined` once that was reached. */
  target: number | undefined;
  readonly reached: () => void;
  readonly given: (error: Error) => void;
}

/** Makes a reader. Nothing connects before a partition is opened. */
export function createOutcomeReader(options: OutcomeReaderOptions): OutcomeReader {
  return new OutcomeReaderImpl(options);
}

class OutcomeReaderImpl implements OutcomeReader {
  private readonly partitions = new Map<number, ReadPartition>();
  /** Where it is not yet at the end: there nothing waits at a broker. */
  private readonly hurried: PartitionFetcher;
  private readonly restful: PartitionFetcher;
  private readonly running = { hurried: false, restful: false };
  private closed = false;
  private troubled = false;
  private readonly options: OutcomeReaderOptions;

  constructor(options: OutcomeReaderOptions) {
    this.options = options;
    this.hurried = options.driver.openFetcher({ maxWaitTimeMs: 0, isolation: 'uncommitted' });
    this.restful = options.driver.openFetcher({ maxWaitTimeMs: restMs, isolation: 'uncommitted' });
  }

  open(partition: number): Promise<void> {
    return new Promise((reached, given) => {
      this.partitions.set(partition, { partition, position: undefined, target: Infinity, reached, given });
      this.run('hurried');
    });
  }

  release(partition: number): void {
    const read = this.partitions.get(partition);
    if (!this.partitions.delete(partition)) return;
    if (read?.target !== undefined)
      read.given(new Error(`partition ${partition} of ${this.options.topic} was given up`));
  }

  close(): void {
    this.closed = true;
    for (const partition of this.partitions.keys()) this.release(partition);
    this.hurried.close();
    this.restful.close();
  }

  private run(pace: 'hurried' | 'restful'): void {
    if (this.running[pace]) return;
    this.running[pace] = true;
    void this.loop(pace);
  }

  /** Those that are read at a pace. What has reached its end goes over from the one to the other. */
  private readAt(pace: 'hurried' | 'restful'): ReadPartition[] {
    return [...this.partitions.values()].filter(
      ({ target }) => (target !== undefined) === (pace === 'hurried'),
    );
  }

  private async loop(pace: 'hurried' | 'restful'): Promise<void> {
    let leaders: ReadonlyMap<number, number | undefined> | undefined;
    for (;;) {
      const read = this.readAt(pace);
      if (this.closed || read.length === 0) {
        // At once: whoever opens a partition next must find that nobody reads.
        this.running[pace] = false;
        return;
      }
      try {
        await this.locate(read);
        leaders ??= await this.findLeaders(pace);
        // Some have gone meanwhile, or are read at the other pace.
        const due = this.readAt(pace).filter(({ position }) => position !== undefined);
        if (!(await this.fetchAll(due, { pace, leaders }))) leaders = undefined;
        if (leaders !== undefined) this.recovered();
      } catch (error) {
        leaders = undefined;
        this.failed(error);
      }
      if (leaders === undefined && !this.closed) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** The end first: what is written from now on is not what the caller of `open` waits for. */
  private async locate(read: readonly ReadPartition[]): Promise<void> {
    const lost = read.filter(({ position }) => position === undefined);
    if (lost.length === 0) return;
    const { driver, topic, sinceMs } = this.options;
    const ends = await driver.listOffsets({ topic, at: 'latest' });
    const starts = await driver.listOffsets({ topic, at: { timestampMs: sinceMs() } });
    for (const one of lost) {
      const end = ends.get(one.partition);
      const start = starts.get(one.partition);
      if (end === undefined || start === undefined) {
        throw new Error(`topic ${topic} has no partition ${one.partition}`);
      }
      one.position = start;
      if (one.target !== undefined) one.target = end;
      this.arrive(one);
    }
  }

  private async findLeaders(pace: 'hurried' | 'restful'): Promise<ReadonlyMap<number, number | undefined>> {
    const { topic } = this.options;
    const leaders = await this[pace].findLeaders(topic);
    if (leaders === undefined) throw new Error(`topic ${topic} does not exist`);
    return leaders;
  }

  /** False when leaders are to be looked for again. */
  private async fetchAll(read: readonly ReadPartition[], { pace, leaders }: Round): Promise<boolean> {
    const byBroker = new Map<number, ReadPartition[]>();
    let isWell = true;
    for (const one of read) {
      const broker = leaders.get(one.partition);
      if (broker === undefined) isWell = false;
      else byBroker.set(broker, [...(byBroker.get(broker) ?? []), one]);
    }
    const { topic } = this.options;
    await Promise.all(
      [...byBroker].map(async ([broker, led]) => {
        const positions = led.map(({ partition, position }) => ({ partition, offset: position! }));
        const fetched = await this[pace].fetch({ topic, broker, positions, maxBytes: maxAnswerBytes });
        for (const part of fetched) {
          const one = led.find(({ partition }) => partition === part.partition);
          // Given up meanwhile; even if it is read again: from another position.
          if (one === undefined || this.partitions.get(one.partition) !== one) continue;
          if (!this.take(one, part)) isWell = false;
        }
      }),
    );
    return isWell;
  }

  private take(one: ReadPartition, fetched: PartitionFetch): boolean {
    if (fetched.kind === 'failed') {
      this.failed(fetched.error);
      return false;
    }
    if (fetched.kind === 'out-of-range') {
      // Its retention, or the topic made anew: what is left is read.
      one.position = undefined;
      return true;
    }
    for (const record of fetched.records) this.options.onRecord(record);
    one.position = fetched.nextOffset;
    this.arrive(one);
    return true;
  }

  private arrive(one: ReadPartition): void {
    if (one.target === undefined || one.position! < one.target) return;
    one.target = undefined;
    one.reached();
    this.run('restful');
  }

  private failed(error: unknown): void {
    if (this.closed || this.troubled) return;
    this.troubled = true;
    const { logger, topic } = this.options;
    const err = isKafkaTransportError(error) ? error : new Error(String(error));
    logger.warn(
      { err, topic },
      'outcomes cannot be read; calls of partitions that are new to this instance wait',
    );
  }

  private recovered(): void {
    this.troubled = false;
  }
}

interface Round {
  readonly pace: 'hurried' | 'restful';
  readonly leaders: ReadonlyMap<number, number | undefined>;
}
