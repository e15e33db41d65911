/** Reads the request topic as a member of the service's group and submits its calls. Commits what has begun when others take over. */

import type { FetchedRecords, GroupConsumer, IncomingRecord } from '@trpc-kafka/core';
import { type CallMessage, isThenable } from '@trpc-kafka/core/internal';
import type { Dispatcher } from '../calls/dispatcher.js';
import type { KnownProcedureOptions, ReadProcedureOptions } from '../calls/procedure-options.js';
import { ServedCall } from '../calls/served-call.js';
import type { Replier } from '../replies/replier.js';
import { judgeBatch } from './batch-limit.js';
import { type ReadCalls, readCalls, toKafkaRequest } from './call-reader.js';
import { notToBeRepeated } from './doubtful-calls.js';
import { createGroupLedgers, createRequestLedger, type GroupLedgers } from './group-ledgers.js';
import { interceptCalls, type JudgedCalls } from './intercept-calls.js';
import { createKeyedTurns } from './keyed-turns.js';
import { createPartitionGate, type PartitionOpening } from './partition-gate.js';
import type { LedgerSlot, PartitionLedger } from './partition-ledger.js';
import { deadlineOfCall, type RecordReading } from './record-reading.js';
import { type HeldRecord, refuse, refuseCalls } from './refusals.js';
import { openMark, releaseMark } from './release-mark.js';

/** What a request consumer works with. */
export interface RequestConsumerOptions extends RecordReading {
  readonly dispatcher: Dispatcher;
  readonly replier: Replier;
  readonly readProcedureOptions: ReadProcedureOptions;
  readonly knownOptions: KnownProcedureOptions;
  /** True when the call need not be run to be answered. */
  readonly isKnown: (call: ServedCall) => boolean | PromiseLike<boolean>;
  readonly opening: PartitionOpening;
}

/** The reading of the request topic. */
export interface RequestConsumer {
  readonly group: GroupConsumer;
  /** Stops or resumes fetching, for the load. */
  setPaused(paused: boolean): void;
  /** Leaves the group and gives up what is not this instance's to answer, also of what an interceptor still looks at. */
  leave(): Promise<void>;
  /** Resolves when all that is this instance's to answer is with the dispatcher, also what an interceptor looked at. */
  taken(): Promise<void>;
}

/** Opens the group. */
export function openRequestConsumer(options: RequestConsumerOptions): RequestConsumer {
  const { dispatcher } = options;
  dispatcher.setHeld(true);
  /** Counts rebalances, so that an answer that comes late does not end the hold of the next one. */
  let round = 0;
  const ledgers = createGroupLedgers(createRequestLedger);
  let left = false;
  const intake = createIntake(options, (partition) => (left ? undefined : ledgers.get(partition)));
  let paused = false;

  /** What has begun is answered by this instance to the last call of its record, whatever the group is about to do. */
  function giveUp(): void {
    left = true;
    dispatcher.dropWaiting((call) => !call.isKept());
    dispatcher.setHeld(false);
  }

  const gate = createPartitionGate({
    opening: options.opening,
    pass: (fetched) => intake.read(fetched),
    onChange: applyPauses,
  });

  function applyPauses(): void {
    const rest = (partition: number): boolean => paused || gate.isHeld(partition);
    group.pause(ledgers.partitions().filter(rest));
    group.resume(ledgers.partitions().filter((partition) => !rest(partition)));
  }

  const group = options.driver.openGroup({
    groupId: options.groupId,
    topic: options.topic,
    onRecords: (fetched) => gate.receive(fetched),
    onAssigned(partitions) {
      ledgers.assign(partitions);
      gate.assigned(partitions);
      if (paused) group.pause(partitions.map(({ partition }) => partition));
      // Nothing begins before the partitions are marked as owned: should this instance die, its successor must know.
      const current = ++round;
      void group.commit().finally(() => {
        if (round === current) dispatcher.setHeld(false);
      });
    },
    onRevoked(partitions) {
      ledgers.revoke(partitions);
      gate.revoked(partitions);
      const gone = new Set(partitions);
      dispatcher.dropWaiting((call) => gone.has(call.req.partition) && !call.isKept());
    },
    offsetsToCommit(moment) {
      if (moment === 'interval')
        return ledgers.offsets(
          (ledger) => ledger.committable(),
          () => openMark,
        );
      // What has begun is answered by this instance, whoever owns the partition then: nobody else must run it again.
      // What has not begun must not begin any more, until it is known who owns it.
      if (moment === 'leave') giveUp();
      else if (!left) {
        round++;
        dispatcher.setHeld(true);
      }
      return ledgers.offsets(
        (ledger) => ledger.release(),
        (ledger, offset) => releaseMark(offset, ledger.doubtBelow),
      );
    },
  });
  return {
    group,
    taken: () => intake.taken(),
    async leave() {
      await group.leave();
      // The driver asks for no offsets where it has lost its membership: then nothing was dropped yet.
      giveUp();
    },
    setPaused(next) {
      paused = next;
      applyPauses();
    },
  };
}

function createIntake(
  options: RequestConsumerOptions,
  /** The ledger of a partition this instance owns and still takes calls from. */
  ledgerOf: GroupLedgers<PartitionLedger>['get'],
): Intake {
  const { interceptors, batchLimit, codecs, readProcedureOptions, knownOptions } = options;
  /** What interceptors look at, or a procedure is asked about. */
  const looking = new Map<Promise<void>, Place>();
  const turns = createKeyedTurns();

  /** Remembers work that must not reject. */
  function later(place: Place, work: Promise<void>): Promise<void> {
    const done = work.finally(() => looking.delete(done));
    looking.set(done, place);
    return done;
  }

  /** What nobody else will read, and is not yet with the dispatcher. */
  function expected(): readonly Promise<void>[] {
    return [...looking].flatMap(([done, { ledger, slot }]) => (ledger.keeps(slot) ? [done] : []));
  }

  /** The partition was lost meanwhile, and its new owner reads the record. */
  function isGone({ partition }: IncomingRecord, { ledger, slot }: Place): boolean {
    return ledgerOf(partition) !== ledger && !ledger.keeps(slot);
  }

  function whenKnown<TValue>(record: IncomingRecord, place: Place, known: Known<TValue>): void {
    const goOn = (value: TValue): void => {
      if (!isGone(record, place)) known.goOn(value);
    };
    void later(place, known.value.then(goOn));
  }

  const submitting: SubmitOptions = { ...options, whenKnown };

  function receive(record: IncomingRecord, ledger: PartitionLedger): void {
    const slot = ledger.enter(record.offset);
    const read = readCalls(record, { expects: 'two-way', codecs });
    for (const refusal of read.refusals)
      refuse(options, record, { read, refusal, held: heldRecord({ ledger, slot }) });
    if (read.calls.length === 0) {
      ledger.settle(slot);
      return;
    }
    const overLimit = judgeBatch(batchLimit, read.batchSize);
    if (overLimit !== undefined) {
      refuseCalls(options, record, { read, cause: overLimit, held: heldRecord({ ledger, slot }) });
      ledger.settle(slot);
      return;
    }
    const place = { ledger, slot };
    const judged = interceptors.length === 0 ? undefined : interceptCalls(interceptors, record, read);
    const turn = turns.before(record);
    const work =
      judged === undefined && turn === undefined
        ? pass(record, { ...place, passed: [read] })
        : passInTurn(record, { ...place, passed: [read] }, { judged, turn });
    if (work !== undefined) turns.hold(record, later(place, work));
  }

  async function passInTurn(record: IncomingRecord, submission: Submission, wait: Wait): Promise<void> {
    const judged = await wait.judged;
    await wait.turn;
    if (isGone(record, submission)) return;
    await pass(
      record,
      judged === undefined ? submission : { ...submission, passed: passedOf(record, judged, submission) },
    );
  }

  /** Answers the calls that interceptors refuse. */
  function passedOf(
    record: IncomingRecord,
    judged: readonly JudgedCalls[],
    place: Place,
  ): readonly ReadCalls[] {
    const passed: ReadCalls[] = [];
    for (const { read, refusal } of judged) {
      if (refusal === undefined) passed.push(read);
      else refuseCalls(options, record, { read, cause: refusal, held: heldRecord(place) });
    }
    return passed;
  }

  /** Answers what is waited for; `undefined` when all is with the dispatcher. */
  function pass(record: IncomingRecord, submission: Submission): Promise<void> | undefined {
    const { ledger, passed } = submission;
    const isInDoubt = record.offset < ledger.doubtBelow;
    if (isInDoubt || passed.some(({ calls }) => calls.some(({ path }) => knownOptions(path) === undefined)))
      return passWhenKnown(record, submission, isInDoubt);
    submit(submitting, record, submission);
    return undefined;
  }

  /** Decides about all calls of a record in doubt before one of them begins: the record is committed as a whole. */
  async function passWhenKnown(
    record: IncomingRecord,
    submission: Submission,
    isInDoubt: boolean,
  ): Promise<void> {
    const calls = submission.passed.flatMap((read) => read.calls);
    // Loads their part of the router: what it says of them, the dispatcher has to know.
    const unknown = calls.filter(({ path }) => knownOptions(path) === undefined);
    if (unknown.length > 0) await Promise.all(unknown.map(({ path }) => readProcedureOptions(path)));
    const doneAlready = isInDoubt ? await notToBeRepeated(readProcedureOptions, calls) : noCalls;
    if (!isGone(record, submission)) submit(submitting, record, { ...submission, doneAlready });
  }

  return {
    read({ partition, records }) {
      const ledger = ledgerOf(partition);
      if (ledger === undefined) return; // Fetched before the partition was lost: its new owner reads it.
      for (const record of records) receive(record, ledger);
    },
    async taken() {
      // Whoever is done with an interceptor may yet have to ask a procedure.
      for (let wait = expected(); wait.length > 0; wait = expected()) await Promise.all(wait);
    },
  };
}

/** What is done with the records that are fetched. */
interface Intake {
  read(fetched: FetchedRecords): void;
  taken(): Promise<void>;
}

/** What a record waits for. */
interface Wait {
  readonly judged: Promise<readonly JudgedCalls[]> | undefined;
  /** Those before it that have its key. */
  readonly turn: Promise<void> | undefined;
}

const noCalls: ReadonlySet<CallMessage> = new Set();

interface SubmitOptions extends RequestConsumerOptions {
  /** Goes on with a record when something is known, unless it is another instance's by then. */
  readonly whenKnown: <TValue>(record: IncomingRecord, place: Place, known: Known<TValue>) => void;
}

interface Known<TValue> {
  readonly value: Promise<TValue>;
  readonly goOn: (value: TValue) => void;
}

/** Where a record stands. */
interface Place {
  readonly ledger: PartitionLedger;
  readonly slot: LedgerSlot;
}

/** The record as those see it who answer calls that are not run. */
function heldRecord({ ledger, slot }: Place): HeldRecord {
  return { hold: () => ledger.hold(slot), settle: () => ledger.settle(slot) };
}

interface Submission extends Place {
  /** The calls of the record that are to run; those whose headers interceptors have changed apart stand apart. */
  readonly passed: readonly ReadCalls[];
  /** Those that an owner which died may have run, and that must not be run again. @default none */
  readonly doneAlready?: ReadonlySet<CallMessage>;
}

function submit(
  options: SubmitOptions,
  record: IncomingRecord,
  { passed, ledger, slot, doneAlready }: Submission,
): void {
  let open = passed.reduce((count, { calls }) => count + calls.length, 0);
  if (open === 0) ledger.settle(slot);
  const onBegun = (): void => ledger.begin(slot);
  const isKept = (): boolean => ledger.keeps(slot);
  const onSettled = (): void => {
    if (--open === 0) ledger.settle(slot);
  };
  const bytes = (record.value?.length ?? 0) / Math.max(1, open);
  const isInDoubt = record.offset < ledger.doubtBelow;
  for (const read of passed) {
    for (const [n, message] of read.calls.entries()) {
      options.counters.add('calls');
      const req = toKafkaRequest(record, read, message);
      const call = new ServedCall({
        message,
        req: isInDoubt ? { ...req, maybeRedelivered: true } : req,
        replyTo: read.replyTo,
        deadlineMs: deadlineOfCall(options, record, message),
        batchIndex: read.batchIndexes[n]!,
        isBatchCall: read.batchSize > 1,
        bytes,
        isKept,
        onBegun,
        onSettled,
      });
      // One that this instance is running itself is answered by that run.
      if (doneAlready?.has(message) && !options.dispatcher.has(call.key))
        answerInDoubt(options, call, { record, place: { ledger, slot } });
      else options.dispatcher.submit(call);
    }
  }
}

/** Somebody who died may have run it: its outcome is told where it is known, and else that nobody knows it. */
function answerInDoubt(options: SubmitOptions, call: ServedCall, decided: Decided): void {
  const goOn = (isKnown: boolean): void => {
    if (isKnown) options.dispatcher.submit(call);
    else answerMaybeDone(options, call);
  };
  const isKnown = options.isKnown(call);
  if (!isThenable(isKnown)) {
    goOn(isKnown);
    return;
  }
  const value = Promise.resolve(isKnown).catch(() => false); // Who cannot be asked knows nothing.
  options.whenKnown(decided.record, decided.place, { value, goOn });
}

interface Decided {
  readonly record: IncomingRecord;
  readonly place: Place;
}

function answerMaybeDone({ counters, replier }: RequestConsumerOptions, call: ServedCall): void {
  counters.add('maybeExecuted');
  call.begin();
  replier.plain(call, { kind: 'maybe-executed', id: call.message.id });
  call.settle();
}
