/** Reads the one-way topic in a group of its own and commits only what is done. */

import { TRPCError } from '@trpc/server';
import {
  type FetchedRecords,
  type GroupConsumer,
  type IncomingRecord,
  isKafkaTransportError,
} from '@trpc-kafka/core';
import { runAfterReceive } from '@trpc-kafka/core/internal';
import { createDispatcher, type Dispatcher } from '../calls/dispatcher.js';
import type { KnownProcedureOptions } from '../calls/procedure-options.js';
import type { QueueBounds } from '../calls/queue-pressure.js';
import { ServedCall } from '../calls/served-call.js';
import type { OneWayOptions } from '../options.js';
import { toRefusalError } from '../replies/to-trpc-error.js';
import { judgeBatch } from '../requests/batch-limit.js';
import { type ReadCalls, readCalls, toInterception, toKafkaRequest } from '../requests/call-reader.js';
import { createGroupLedgers } from '../requests/group-ledgers.js';
import {
  createPartitionGate,
  type PartitionGate,
  type PartitionOpening,
} from '../requests/partition-gate.js';
import type { LedgerSlot, PartitionLedger } from '../requests/partition-ledger.js';
import { deadlineOfCall, type RecordReading } from '../requests/record-reading.js';
import type { DeadLetters } from './dead-letter.js';
import type { OneWayRunner } from './one-way-runner.js';

/** What a one-way consumer works with. */
export interface OneWayConsumerOptions extends RecordReading {
  readonly settings: Required<OneWayOptions>;
  /** What may wait before no more is fetched. */
  readonly bounds: QueueBounds;
  readonly knownOptions: KnownProcedureOptions;
  readonly runOneWay: OneWayRunner;
  readonly deadLetters: DeadLetters;
  /** See the dispatcher's. */
  readonly onDuplicate: (call: ServedCall) => void;
  readonly opening: PartitionOpening;
}

/** The reading of the one-way topic. */
export interface OneWayConsumer {
  readonly group: GroupConsumer;
  readonly dispatcher: Dispatcher;
  /** Takes no more calls; those that run go on. */
  stopTaking(): void;
}

/** Opens the group. */
export function openOneWayConsumer(options: OneWayConsumerOptions): OneWayConsumer {
  return new OneWayConsumerImpl(options);
}

class OneWayConsumerImpl implements OneWayConsumer {
  readonly group: GroupConsumer;
  readonly dispatcher: Dispatcher;
  private readonly ledgers = createGroupLedgers();
  /** Partitions that wait for an unfinished record. */
  private readonly full = new Set<number>();
  private readonly records = new WeakMap<ServedCall, IncomingRecord>();
  private readonly stopping = new AbortController();
  private pressed = false;
  private stopped = false;
  private readonly gate: PartitionGate;
  private readonly options: OneWayConsumerOptions;

  constructor(options: OneWayConsumerOptions) {
    this.options = options;
    this.gate = createPartitionGate({
      opening: options.opening,
      pass: (fetched) => this.read(fetched),
      onChange: () => this.applyPauses(),
    });
    this.dispatcher = createDispatcher({
      maxConcurrentCalls: options.settings.maxConcurrentCalls,
      counters: options.counters,
      // They have all the time.
      order: 'arrival',
      bounds: options.bounds,
      rulesOf: (path) => options.knownOptions(path) ?? {},
      run: (call) => options.runOneWay(call, this.records.get(call)!, this.stopping.signal),
      onExpired: () => {},
      onDuplicate: options.onDuplicate,
      onPressure: (high) => {
        this.pressed = high;
        this.applyPauses();
      },
    });
    this.group = options.driver.openGroup({
      groupId: options.groupId,
      topic: options.topic,
      onRecords: (fetched) => this.gate.receive(fetched),
      onAssigned: (partitions) => {
        this.ledgers.assign(partitions);
        this.gate.assigned(partitions);
        this.applyPauses();
      },
      onRevoked: (partitions) => {
        this.ledgers.revoke(partitions);
        this.gate.revoked(partitions);
        const gone = new Set(partitions);
        for (const partition of partitions) this.full.delete(partition);
        this.dispatcher.dropWaiting((call) => gone.has(call.req.partition));
      },
      offsetsToCommit: () => this.ledgers.offsets((ledger) => ledger.settledBelow()),
    });
  }

  stopTaking(): void {
    this.stopped = true;
    this.stopping.abort();
    this.dispatcher.dropWaiting(() => true);
    this.applyPauses();
  }

  private read({ partition, records }: FetchedRecords): void {
    const ledger = this.ledgers.get(partition);
    if (ledger === undefined || this.stopped) return;
    for (const record of records) this.receive(record, ledger);
    this.watchBacklog(partition, ledger);
  }

  private receive(record: IncomingRecord, ledger: PartitionLedger): void {
    const slot = ledger.enter(record.offset);
    const read = readCalls(record, { expects: 'one-way', codecs: this.options.codecs });
    const [refusal] = read.refusals;
    if (refusal !== undefined) {
      this.options.counters.add(refusal.unknownKind ? 'unknownKinds' : 'refused');
      this.giveUp(record, refusal.error, { ledger, slot });
      return;
    }
    const overLimit = judgeBatch(this.options.batchLimit, read.batchSize);
    if (overLimit !== undefined) {
      this.giveUp(record, overLimit, { ledger, slot });
      return;
    }
    if (this.options.interceptors.length === 0) {
      this.submit(record, { read, ledger, slot });
      return;
    }
    void this.intercept(record, read).then((error) => {
      if (error === undefined) this.submit(record, { read, ledger, slot });
      else this.giveUp(record, error, { ledger, slot });
    });
  }

  private giveUp(
    record: IncomingRecord,
    error: Error,
    { ledger, slot }: { ledger: PartitionLedger; slot: LedgerSlot },
  ): void {
    void this.discard(record, error).then((done) => done && this.settle(record.partition, ledger, slot));
  }

  private async intercept(record: IncomingRecord, read: ReadCalls): Promise<Error | undefined> {
    try {
      await runAfterReceive(this.options.interceptors, toInterception(record, read));
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Keeps a record that cannot be read as it is, with its bytes, for people. False when the handler closes before: it will be read again. */
  private async discard(record: IncomingRecord, error: Error): Promise<boolean> {
    const { reporter, emit, deadLetters } = this.options;
    const { topic, partition, offset } = record;
    const cause = error instanceof TRPCError ? error : toRefusalError(error);
    reporter.report({
      error: cause,
      type: 'unknown',
      path: undefined,
      input: undefined,
      ctx: undefined,
      req: undefined,
    });
    emit({ type: 'refused', error, position: { topic, partition, offset } });
    const { signal } = this.stopping;
    const { code } = isKafkaTransportError(error) ? error : cause;
    try {
      await deadLetters.write({ record, error, code, attempts: 0, signal });
      return true;
    } catch {
      return false; // It rejects only when the handler closes.
    }
  }

  private submit(
    record: IncomingRecord,
    { read, ledger, slot }: { read: ReadCalls; ledger: PartitionLedger; slot: LedgerSlot },
  ): void {
    if (this.stopped || this.ledgers.get(record.partition) !== ledger) return;
    let open = read.calls.length;
    read.calls.forEach((message, n) => {
      this.options.counters.add('oneWayCalls');
      const call = new ServedCall({
        message,
        req: {
          ...toKafkaRequest(record, read, message),
          maybeRedelivered: record.offset < ledger.doubtBelow,
        },
        replyTo: undefined,
        deadlineMs: deadlineOfCall(this.options, record, message),
        batchIndex: read.batchIndexes[n]!,
        isBatchCall: read.batchSize > 1,
        onBegun: () => ledger.begin(slot),
        onSettled: () => {
          if (--open === 0) this.settle(record.partition, ledger, slot);
        },
      });
      this.records.set(call, record);
      this.dispatcher.submit(call);
    });
  }

  private settle(partition: number, ledger: PartitionLedger, slot: LedgerSlot): void {
    ledger.settle(slot);
    this.watchBacklog(partition, ledger);
  }

  /** One record that takes long must not let an unbounded number of others run ahead of the commit. */
  private watchBacklog(partition: number, ledger: PartitionLedger): void {
    const { maxUncommitted } = this.options.settings;
    const isFull = this.full.has(partition);
    if (this.ledgers.get(partition) !== ledger) return;
    if (!isFull && ledger.size() > maxUncommitted) this.full.add(partition);
    else if (isFull && ledger.size() <= maxUncommitted / 2) this.full.delete(partition);
    else return;
    this.applyPauses();
  }

  private applyPauses(): void {
    const pause: number[] = [];
    const resume: number[] = [];
    for (const partition of this.ledgers.partitions()) {
      (this.stopped || this.pressed || this.full.has(partition) || this.gate.isHeld(partition)
        ? pause
        : resume
      ).push(partition);
    }
    this.group.pause(pause);
    this.group.resume(resume);
  }
}
