/** The way of a record of the one-way topic: read, judged, asked about, and its calls submitted; or given up as a dead letter. */
import { TRPCError } from '@trpc/server';
import { type IncomingRecord, isKafkaTransportError, KafkaTransportError } from '@trpc-kafka/core';
import { runAfterReceive } from '@trpc-kafka/core/internal';
import type { Dispatcher } from '../calls/dispatcher.js';
import type { ReadProcedureOptions } from '../calls/procedure-options.js';
import { ServedCall } from '../calls/served-call.js';
import type { OneWayOptions } from '../options.js';
import { toRefusalError } from '../replies/to-trpc-error.js';
import { judgeBatch } from '../requests/batch-limit.js';
import { type ReadCalls, readCalls, toInterception, toKafkaRequest } from '../requests/call-reader.js';
import type { LedgerSlot } from '../requests/partition-ledger.js';
import { deadlineOfCall, type RecordReading } from '../requests/record-reading.js';
import type { DeadLetters } from './dead-letter.js';
import type { OneWayLedger } from './one-way-ledger.js';
import { retryRules } from './one-way-runner.js';

/** A record and the books it is kept in. */
export interface OneWayWork {
  readonly record: IncomingRecord;
  readonly ledger: OneWayLedger;
  readonly slot: LedgerSlot;
  /** True while it may have been begun by an owner that died, and was not seen to end here. */
  readonly isDoubtful: boolean;
}

/** Takes records in. */
export interface OneWayIntake {
  /** Reads the record and submits its calls, or gives it up. */
  process(work: OneWayWork): void;
  /** Resolves true when the record was given up, since it was begun too often by instances that died before it ended. */
  giveUpKiller(work: OneWayWork): Promise<boolean>;
}

/** What an intake works with. */
export interface OneWayIntakeOptions extends RecordReading {
  readonly settings: Required<OneWayOptions>;
  readonly readProcedureOptions: ReadProcedureOptions;
  readonly deadLetters: DeadLetters;
  readonly dispatcher: Dispatcher;
  /** False when the partition was lost, or nothing more is taken. */
  readonly isWanted: (work: OneWayWork) => boolean;
  readonly onCall: (call: ServedCall, work: OneWayWork, calls: number) => void;
  readonly onSettled: (work: OneWayWork) => void;
}

/** Makes an intake. */
export function createOneWayIntake(options: OneWayIntakeOptions): OneWayIntake {
  const { counters, interceptors, codecs } = options;

  function process(work: OneWayWork): void {
    const { record } = work;
    const read = readCalls(record, { expects: 'one-way', codecs });
    const [refusal] = read.refusals;
    if (refusal !== undefined) {
      counters.add(refusal.unknownKind ? 'unknownKinds' : 'refused');
      void giveUp(work, refusal.error);
      return;
    }
    const overLimit = judgeBatch(options.batchLimit, read.batchSize);
    if (overLimit !== undefined) {
      void giveUp(work, overLimit);
      return;
    }
    if (interceptors.length === 0) {
      submit(work, read);
      return;
    }
    void askInterceptors(options, record, read).then((error) => {
      if (error === undefined) submit(work, read);
      else void giveUp(work, error);
    });
  }

  function submit(work: OneWayWork, read: ReadCalls): void {
    if (!options.isWanted(work)) return;
    const { record, ledger, slot, isDoubtful } = work;
    let open = read.calls.length;
    // What was counted before it began is the attempt that begins now.
    const tried = ledger.knownTries(slot)?.attempts ?? 0;
    const attempt = isDoubtful ? Math.max(1, tried) : tried + 1;
    for (const [n, message] of read.calls.entries()) {
      counters.add('oneWayCalls');
      const maybeRedelivered = record.offset < ledger.doubtBelow;
      const call = new ServedCall({
        message,
        req: { ...toKafkaRequest(record, read, message), maybeRedelivered, attempt },
        replyTo: undefined,
        deadlineMs: deadlineOfCall(options, record, message),
        batchIndex: read.batchIndexes[n]!,
        isBatchCall: read.batchSize > 1,
        onBegun: () => ledger.begin(slot),
        onSettled: () => {
          if (--open === 0) options.onSettled(work);
        },
      });
      options.onCall(call, work, read.calls.length);
      options.dispatcher.submit(call);
    }
  }

  /** Keeps a record that is not carried out as it is, with its bytes, for people. */
  async function giveUp(work: OneWayWork, error: Error): Promise<void> {
    const { emit } = options;
    const { topic, partition, offset } = work.record;
    const cause = error instanceof TRPCError ? error : toRefusalError(error);
    report(cause);
    emit({ type: 'refused', error, position: { topic, partition, offset } });
    await bury(work, error, { code: isKafkaTransportError(error) ? error.code : cause.code, attempts: 0 });
  }

  function report(error: TRPCError, path?: string): void {
    options.reporter.report({
      error,
      type: path === undefined ? 'unknown' : 'mutation',
      path,
      input: undefined,
      ctx: undefined,
      req: undefined,
    });
  }

  /** Where the handler closes before it is written, the record will be read again. */
  async function bury(
    work: OneWayWork,
    error: Error,
    told: { readonly code: string; readonly attempts: number },
  ): Promise<void> {
    const { record, ledger } = work;
    try {
      await options.deadLetters.write({ record, error, ...told, signal: ledger.gone.signal });
    } catch {
      return; // It rejects only when the handler closes, or the partition is lost.
    }
    options.onSettled(work);
  }

  async function giveUpKiller(work: OneWayWork): Promise<boolean> {
    const { record, ledger, slot } = work;
    const { attempts, unended } = ledger.triesOf(slot);
    // One is the attempt that made it doubtful.
    const deaths = unended + 1;
    const begun = Math.max(attempts, deaths);
    const { calls } = readCalls(record, { expects: 'one-way', codecs });
    const allowed = await Promise.all(
      calls.map(async ({ path }) => retryRules(options.settings, await options.readProcedureOptions(path))),
    );
    if (calls.length === 0 || allowed.some((rules) => begun < rules.attempts)) return false;
    const path = calls[0]!.path;
    const error = new KafkaTransportError({
      code: 'MAYBE_EXECUTED',
      message: `one-way call ${path} (${record.topic}[${record.partition}] offset ${record.offset}) was begun ${begun} times, and ${deaths} times its instance died before it ended: it is taken for the cause. Replay it when that is cured`,
    });
    report(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: error.reason, cause: error }), path);
    await bury(work, error, { code: error.code, attempts: begun });
    return true;
  }

  return { process, giveUpKiller };
}

async function askInterceptors(
  { interceptors }: OneWayIntakeOptions,
  record: IncomingRecord,
  read: ReadCalls,
): Promise<Error | undefined> {
  try {
    await runAfterReceive(interceptors, toInterception(record, read));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
