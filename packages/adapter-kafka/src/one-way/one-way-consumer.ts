/** Reads the one-way topic in a group of its own and commits only what is done. */
import type { FetchedRecords, GroupConsumer, IncomingRecord } from '@trpc-kafka/core';
import { createDispatcher, type Dispatcher } from '../calls/dispatcher.js';
import type { KnownProcedureOptions, ReadProcedureOptions } from '../calls/procedure-options.js';
import type { QueueBounds } from '../calls/queue-pressure.js';
import type { ServedCall } from '../calls/served-call.js';
import type { OneWayOptions } from '../options.js';
import { createGroupLedgers } from '../requests/group-ledgers.js';
import {
  createPartitionGate,
  type PartitionGate,
  type PartitionOpening,
} from '../requests/partition-gate.js';
import type { LedgerSlot } from '../requests/partition-ledger.js';
import type { RecordReading } from '../requests/record-reading.js';
import type { DeadLetters } from './dead-letter.js';
import { createDoubtfulRecords, type DoubtfulRecord, type DoubtfulRecords } from './doubtful-records.js';
import { createOneWayIntake, type OneWayIntake, type OneWayWork } from './one-way-intake.js';
import { createOneWayLedger, type OneWayLedger } from './one-way-ledger.js';
import { type OneWayErrand, type OneWayRunner, partitionLost } from './one-way-runner.js';

/** What a one-way consumer works with. */
export interface OneWayConsumerOptions extends RecordReading {
  readonly settings: Required<OneWayOptions>;
  readonly readProcedureOptions: ReadProcedureOptions;
  /** What may wait before no more is fetched. */
  readonly bounds: QueueBounds;
  readonly knownOptions: KnownProcedureOptions;
  readonly opening: PartitionOpening;
  readonly runOneWay: OneWayRunner;
  readonly deadLetters: DeadLetters;
  /** See the dispatcher's. */
  readonly onDuplicate: (call: ServedCall) => void;
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

/** Records in doubt that run together: what one of them does to its instance makes all of them suspects. */
const maxDoubtfulTogether = 100;

class OneWayConsumerImpl implements OneWayConsumer {
  readonly group: GroupConsumer;
  readonly dispatcher: Dispatcher;
  private readonly ledgers = createGroupLedgers(createOneWayLedger);
  /** Partitions that wait for an unfinished record. */
  private readonly full = new Set<number>();
  private readonly errands = new WeakMap<ServedCall, OneWayErrand>();
  private readonly doubtful: DoubtfulRecords;
  private readonly doubts = new WeakMap<LedgerSlot, DoubtfulRecord>();
  private readonly intake: OneWayIntake;
  private readonly gate: PartitionGate;
  private pressed = false;
  private stopped = false;
  /** Counts rebalances, so that an answer that comes late does not end the hold of the next one. */
  private round = 0;
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
      run: (call) => options.runOneWay(call, this.errands.get(call)!),
      onExpired: () => {},
      onDuplicate: options.onDuplicate,
      onPressure: (high) => {
        this.pressed = high;
        this.applyPauses();
      },
    });
    this.doubtful = createDoubtfulRecords({
      announce: () => this.group.commit(),
      maxTogether: Math.min(options.settings.maxConcurrentCalls, maxDoubtfulTogether),
    });
    this.intake = createOneWayIntake({
      ...options,
      dispatcher: this.dispatcher,
      isWanted: ({ ledger }) => !ledger.gone.signal.aborted,
      onCall: (call, work, calls) => this.errands.set(call, this.errandOf(work, calls)),
      onSettled: (work) => this.settle(work),
    });
    this.dispatcher.setHeld(true);
    this.group = this.openGroup();
  }

  stopTaking(): void {
    this.stopped = true;
    for (const partition of this.ledgers.partitions()) this.ledgers.get(partition)!.gone.abort('closing');
    this.doubtful.drop(() => true);
    this.dispatcher.dropWaiting(() => true);
    this.applyPauses();
  }

  private openGroup(): GroupConsumer {
    const { options, ledgers } = this;
    return options.driver.openGroup({
      groupId: options.groupId,
      topic: options.topic,
      onRecords: (fetched) => this.gate.receive(fetched),
      onAssigned: (partitions) => {
        ledgers.assign(partitions);
        this.gate.assigned(partitions);
        this.applyPauses();
        // Nothing begins before the partitions are marked as owned: should this instance die, its successor must know.
        const current = ++this.round;
        void this.group.commit().finally(() => {
          if (this.round === current) this.dispatcher.setHeld(false);
        });
      },
      onRevoked: (partitions) => this.revoke(partitions),
      offsetsToCommit: (moment) => {
        if (moment !== 'interval') {
          this.round++;
          this.dispatcher.setHeld(true);
        }
        const owned = moment === 'interval' ? 'owned' : 'given-up';
        return ledgers.offsets(
          (ledger) => ledger.settledBelow(),
          (ledger) => ledger.mark(owned),
        );
      },
    });
  }

  private revoke(partitions: readonly number[]): void {
    const gone = new Set(partitions);
    for (const partition of partitions) {
      this.ledgers.get(partition)?.gone.abort(partitionLost);
      this.full.delete(partition);
    }
    this.ledgers.revoke(partitions);
    this.gate.revoked(partitions);
    this.doubtful.drop(({ partition }) => gone.has(partition));
    this.dispatcher.dropWaiting((call) => gone.has(call.req.partition));
  }

  private read({ partition, records }: FetchedRecords): void {
    const ledger = this.ledgers.get(partition);
    if (ledger === undefined || this.stopped) return;
    for (const record of records) this.receive(record, ledger);
    this.watchBacklog(partition, ledger);
  }

  private receive(record: IncomingRecord, ledger: OneWayLedger): void {
    const slot = ledger.enter(record.offset);
    if (slot.settled) return;
    const isDoubtful = record.offset < ledger.doubtBelow;
    const work: OneWayWork = { record, ledger, slot, isDoubtful };
    if (isDoubtful) void this.receiveDoubtful(work);
    else this.intake.process(work);
  }

  private async receiveDoubtful(work: OneWayWork): Promise<void> {
    const { ledger, slot, record } = work;
    const tries = ledger.triesOf(slot);
    // One alone was running when it died: of those that ran together, nobody knows which it was.
    if (tries.unended > 1 && (await this.intake.giveUpKiller(work))) return;
    if (ledger.gone.signal.aborted) return;
    const doubt: DoubtfulRecord = {
      partition: record.partition,
      tries,
      begin: () => this.intake.process(work),
    };
    this.doubts.set(slot, doubt);
    this.doubtful.add(doubt);
  }

  private errandOf({ record, ledger, slot }: OneWayWork, calls: number): OneWayErrand {
    return {
      record,
      ending: ledger.gone.signal,
      failed: (attempt) => {
        const tries = ledger.triesOf(slot);
        tries.attempts = Math.max(tries.attempts, attempt);
        // The other calls of its record may still run.
        if (calls > 1) return;
        tries.unended = 0;
        this.endDoubt(slot);
      },
    };
  }

  private settle({ record, ledger, slot }: OneWayWork): void {
    ledger.settle(slot);
    this.endDoubt(slot);
    this.watchBacklog(record.partition, ledger);
  }

  private endDoubt(slot: LedgerSlot): void {
    const doubt = this.doubts.get(slot);
    if (doubt !== undefined) this.doubtful.ended(doubt);
  }

  /** One record that takes long must not let an unbounded number of others run ahead of the commit. */
  private watchBacklog(partition: number, ledger: OneWayLedger): void {
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
      const waits = this.pressed || this.full.has(partition) || this.gate.isHeld(partition);
      (this.stopped || waits ? pause : resume).push(partition);
    }
    this.group.pause(pause);
    this.group.resume(resume);
  }
}
