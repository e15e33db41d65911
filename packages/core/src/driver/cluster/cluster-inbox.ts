/**
 * An inbox: one partition read by manual fetch, without a group.
 * Owns: the fetch loop that goes on from its own next offset over every failure. Must not know: what the records are.
 * The next fetch is on its way before the records of the last one are delivered, so that handling them costs no round trip.
 */
import type { KafkaTransportError } from '../../errors/transport-error.js';
import type { DriverEvent } from '../driver-event.js';
import type { InboxConsumer, InboxConsumerOptions } from '../inbox-consumer.js';
import type { RawFetchedPartition } from './broker-requests.js';
import { closedError, codeToTransportError, toError, toTransportError } from './client-errors.js';
import { offsetAfter, toIncomingRecords } from './incoming-records.js';
import type { KafkaCluster } from './kafka-cluster.js';
import { kafkaErrorName } from './kafka-error-codes.js';
import { findLeader, listOffset } from './partition-lookup.js';
import { sleep } from './sleep.js';

/** What an inbox needs beside the caller's options. */
export interface ClusterInboxContext {
  /** A cluster of its own: a fetch that waits at a broker holds up whatever is behind it on its connection. */
  readonly cluster: KafkaCluster;
  readonly emit: (event: DriverEvent) => void;
  readonly onClosed: () => void;
}

const pauseAfterFailureMs = 100;
const readUncommitted = 0;
/** A topic that was just created is unknown to some brokers for a moment. */
const missingGraceMs = 1000;

/** Opens an inbox. */
export function openClusterInbox(options: InboxConsumerOptions, context: ClusterInboxContext): InboxConsumer {
  const inbox = new InboxImpl(options, context);
  return {
    ready: inbox.ready,
    position: () => inbox.position,
    isCaughtUp: () => inbox.isCaughtUp(),
    close: () => inbox.close(),
  };
}

class InboxImpl {
  readonly ready: Promise<number>;
  position: number | undefined;
  private caughtUp = false;
  /** When the fetch that is under way began. */
  private fetchingSinceMs = 0;
  private readonly options: InboxConsumerOptions;
  private readonly context: ClusterInboxContext;
  private readonly maxWaitTimeMs: number;
  private readonly running: Promise<void>;
  private leader: number | undefined;
  /** The code of what keeps it from reading, as it was told. */
  private interrupted: string | undefined;
  private closed = false;

  constructor(options: InboxConsumerOptions, context: ClusterInboxContext) {
    this.options = options;
    this.context = context;
    this.maxWaitTimeMs = options.maxWaitTimeMs ?? 300;
    this.ready = this.start();
    this.running = this.ready.then(() => this.loop());
    // Whoever opened the inbox sees the failure on `ready`.
    this.running.catch(() => undefined);
  }

  /** An answer that is overdue may hold anything: a broker that hangs is noticed long before its fetch fails. */
  isCaughtUp(): boolean {
    return this.caughtUp && performance.now() - this.fetchingSinceMs < 2 * this.maxWaitTimeMs;
  }

  async close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.caughtUp = false;
      this.context.cluster.close();
      this.context.onClosed();
    }
    await this.running.catch(() => undefined);
  }

  private get place(): string {
    return `${this.options.topic}[${this.options.partition}]`;
  }

  /** Finds the first offset; goes on trying while brokers are away, and gives up when the partition does not exist. */
  private async start(): Promise<number> {
    const until = Date.now() + missingGraceMs;
    for (;;) {
      if (this.closed) throw closedError(`inbox ${this.place}`);
      try {
        const position = await this.firstOffset();
        this.position = position;
        const { topic, partition } = this.options;
        this.context.emit({ type: 'inbox-opened', topic, partition, offset: position });
        return position;
      } catch (error) {
        if (this.closed) throw closedError(`inbox ${this.place}`);
        const failure = this.explain(error, 'open');
        const missing = failure.code === 'TOPIC_MISSING' && Date.now() < until;
        if (!failure.retryable && !missing) {
          this.context.cluster.close();
          this.context.onClosed();
          throw failure;
        }
        if (!missing) this.interrupt(failure);
        await sleep(pauseAfterFailureMs);
      }
    }
  }

  private async firstOffset(): Promise<number> {
    const { from } = this.options;
    this.leader = await findLeader(this.context.cluster, this.options);
    if (from.at === 'offset') return from.offset;
    return this.listOffset(from.at === 'end' ? 'latest' : { timestampMs: from.timestampMs });
  }

  private async listOffset(at: 'earliest' | 'latest' | { timestampMs: number }): Promise<number> {
    const { topic, partition } = this.options;
    return listOffset(this.context.cluster, { topic, partition, leader: this.leader!, at });
  }

  private async loop(): Promise<void> {
    let fetching: Promise<RawFetchedPartition> | undefined;
    while (!this.closed) {
      try {
        const fetched = await (fetching ?? this.fetch());
        fetching = undefined;
        if (this.closed) return;
        const from = this.position!;
        this.position = offsetAfter(fetched.messages, from);
        if (!(await this.accepts(fetched))) continue;
        fetching = this.fetch();
        // It is awaited in the next round; until then a failure is nobody's.
        fetching.catch(() => undefined);
        this.deliver(fetched, from);
      } catch (error) {
        fetching = undefined;
        await this.recover(toError(error));
      }
    }
  }

  /** Delivers what was fetched; the next fetch is under way by now. */
  private deliver(fetched: RawFetchedPartition, from: number): void {
    const { topic, partition, onRecords } = this.options;
    const highWatermark = Number(fetched.highWatermark);
    this.recovered();
    if (fetched.messages.length > 0) {
      const records = toIncomingRecords(this.options, fetched.messages, from);
      if (records.length > 0) {
        try {
          onRecords({ topic, partition, records, highWatermark });
        } catch (error) {
          this.context.emit({ type: 'listener-failed', where: `inbox ${this.place}`, error });
        }
      }
    }
    this.caughtUp = !this.closed && this.position! >= highWatermark;
  }

  /** True when the answer holds records or none; moves the position when the offset is gone. */
  private async accepts(fetched: RawFetchedPartition): Promise<boolean> {
    if (fetched.errorCode === 0) return true;
    if (kafkaErrorName(fetched.errorCode) !== 'OFFSET_OUT_OF_RANGE') {
      throw codeToTransportError(fetched.errorCode, `cannot read inbox ${this.place}`, 'READ');
    }
    this.caughtUp = false;
    const { topic, partition, resumeFromTimeMs } = this.options;
    const lostOffset = this.position!;
    const resumedAt = await this.listOffset({ timestampMs: resumeFromTimeMs() });
    this.position = resumedAt;
    this.context.emit({ type: 'inbox-position-lost', topic, partition, lostOffset, resumedAt });
    return false;
  }

  private async fetch(): Promise<RawFetchedPartition> {
    const { topic, partition } = this.options;
    this.fetchingSinceMs = performance.now();
    const response = await this.context.cluster.onBroker(this.leader!, (broker) =>
      broker.fetch({
        maxWaitTime: this.maxWaitTimeMs,
        minBytes: 1,
        maxBytes: 10_485_760,
        isolationLevel: readUncommitted,
        topics: [
          { topic, partitions: [{ partition, fetchOffset: String(this.position), maxBytes: 10_485_760 }] },
        ],
      }),
    );
    const fetched = response.responses[0]?.partitions[0];
    if (fetched === undefined) throw new Error(`the broker's answer lacks ${this.place}`);
    return fetched;
  }

  private async recover(error: Error): Promise<void> {
    if (this.closed) return;
    this.interrupt(this.explain(error, 'read'));
    await sleep(pauseAfterFailureMs);
    if (this.closed) return;
    try {
      this.leader = await findLeader(this.context.cluster, this.options);
    } catch (lookupError) {
      // The next fetch fails as well and leads back here; the topic may have been deleted and may come again.
      this.interrupt(this.explain(lookupError, 'read'));
    }
  }

  private explain(error: unknown, doing: 'open' | 'read'): KafkaTransportError {
    const brokers = this.context.cluster.brokersTried;
    return toTransportError(error, { doing: `cannot ${doing} inbox ${this.place}`, brokers });
  }

  private interrupt(error: KafkaTransportError): void {
    this.caughtUp = false;
    // Brokers that come back without the topic are another trouble than brokers that are away.
    if (this.interrupted === error.code) return;
    this.interrupted = error.code;
    const { topic, partition } = this.options;
    this.context.emit({ type: 'inbox-interrupted', topic, partition, error });
  }

  private recovered(): void {
    if (this.interrupted === undefined) return;
    this.interrupted = undefined;
    const { topic, partition } = this.options;
    this.context.emit({ type: 'inbox-recovered', topic, partition, offset: this.position! });
  }
}
