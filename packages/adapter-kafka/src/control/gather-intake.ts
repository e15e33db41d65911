/**
 * Gather calls: queries that every server instance answers, as they come in the control inbox.
 * Owns: which of them are run here, and how many; that one is run once. The inbox goes on being read whatever comes:
 * what is too much is refused, not waited for.
 */
import { type AnyTRPCRouter, TRPCError } from '@trpc/server';
import type { IncomingRecord, KafkaTransportError } from '@trpc-kafka/core';
import type { ReceivedRecord } from '@trpc-kafka/core/internal';
import { createDispatcher, type Dispatcher } from '../calls/dispatcher.js';
import type { ReadProcedureOptions } from '../calls/procedure-options.js';
import { createRecentCalls } from '../calls/recent-calls.js';
import { callKey, ServedCall } from '../calls/served-call.js';
import { callsIn, type ReadCalls, toKafkaRequest, unreadableCalls } from '../requests/call-reader.js';
import { interceptCalls } from '../requests/intercept-calls.js';
import { deadlineOfCall, type RecordReading } from '../requests/record-reading.js';
import { answerRefusal, type Refusing, refuseCalls } from '../requests/refusals.js';
import { getProcedureAtPath } from '../trpc-internals.js';
import { createRateLimit } from './rate-limit.js';

/** Takes gather calls. */
export interface GatherIntake {
  readonly dispatcher: Dispatcher;
  /** Takes the gather calls of a control record, and answers those that are refused. */
  receive(record: IncomingRecord, received: ReceivedRecord): void;
  /** Answers who made a call in a record that cannot be read, if that can be known. */
  unreadable(record: IncomingRecord, error: KafkaTransportError): void;
  /** Stops one that waits or runs. False when it is none of these calls. */
  cancel(key: string): boolean;
  /** From now on nothing is taken: the instance closes. */
  stopTaking(): void;
}

/** What an intake works with. */
export interface GatherIntakeOptions
  extends Pick<RecordReading, 'appendTime' | 'clockSkewMs' | 'codecs' | 'interceptors'>,
    Pick<Refusing, 'replier' | 'counters'> {
  readonly router: AnyTRPCRouter;
  readonly run: (call: ServedCall) => Promise<void>;
  readonly readProcedureOptions: ReadProcedureOptions;
  readonly maxConcurrentCalls: number;
}

/** So many may wait for each that may run. */
const waitingPerRunning = 10;
/** What all of them may have come in: each input may be as large as a record. */
const maxOpenBytes = 32 * 1024 * 1024;
/** More are dropped: an answer to each would be a flood of its own. */
const refusalsPerSecond = 100;

/** Makes an intake. */
export function createGatherIntake(options: GatherIntakeOptions): GatherIntake {
  return new GatherIntakeImpl(options);
}

class GatherIntakeImpl implements GatherIntake {
  readonly dispatcher: Dispatcher;
  /** A record may be delivered again, and an inbox that has lost its place reads a minute anew. To answer a query twice does no harm. */
  private readonly seen = createRecentCalls();
  private readonly refusals = createRateLimit(refusalsPerSecond);
  /** Those that are judged, wait or run, and the bytes that they came in. */
  private readonly open = new Map<string, number>();
  private openBytes = 0;
  private readonly openedAtMs = Date.now();
  private taking = true;
  private readonly options: GatherIntakeOptions;

  constructor(options: GatherIntakeOptions) {
    this.options = options;
    this.dispatcher = createDispatcher({
      maxConcurrentCalls: options.maxConcurrentCalls,
      counters: options.counters,
      run: (call) => this.run(call),
      onExpired: (call) => this.expired(call),
      onDuplicate() {},
      onPressure() {},
    });
  }

  receive(record: IncomingRecord, received: ReceivedRecord): void {
    if (!this.taking) return;
    const read = callsIn(record, received, { expects: 'gather', codecs: this.options.codecs });
    this.answerRefusals(record, read);
    const taken = this.takeNew(record, read);
    if (taken.calls.length === 0) return;
    const { interceptors } = this.options;
    if (interceptors.length === 0) this.submit(record, taken);
    else void this.judge(record, taken);
  }

  unreadable(record: IncomingRecord, error: KafkaTransportError): void {
    if (this.taking) this.answerRefusals(record, unreadableCalls(record, error));
  }

  cancel(key: string): boolean {
    if (this.open.has(key)) this.dispatcher.cancel(key);
    return this.seen.has(key);
  }

  stopTaking(): void {
    this.taking = false;
  }

  /** Those that were not here before, and that there is room for. */
  private takeNew(record: IncomingRecord, read: ReadCalls): ReadCalls {
    const calls: ReadCalls['calls'][number][] = [];
    const batchIndexes: number[] = [];
    const { counters, maxConcurrentCalls } = this.options;
    const maxOpen = (waitingPerRunning + 1) * maxConcurrentCalls;
    for (const [n, message] of read.calls.entries()) {
      const key = callKey(read.from, message.id);
      const deadlineMs = deadlineOfCall(this.options, record, message) ?? 0;
      if (read.replyTo === undefined || this.seen.has(key)) continue;
      this.seen.add(key, deadlineMs, Date.now());
      if (this.open.size >= maxOpen || this.openBytes >= maxOpenBytes) {
        this.refuse(record, { ...read, calls: [message] }, tooMany(this.open.size));
        continue;
      }
      counters.add('gatherCalls');
      this.opened(key, (record.value?.length ?? 0) / read.batchSize);
      calls.push(message);
      batchIndexes.push(read.batchIndexes[n]!);
    }
    return { ...read, calls, batchIndexes };
  }

  private opened(key: string, bytes: number): void {
    this.open.set(key, bytes);
    this.openBytes += bytes;
  }

  private closed(key: string): void {
    this.openBytes -= this.open.get(key) ?? 0;
    this.open.delete(key);
  }

  private async judge(record: IncomingRecord, read: ReadCalls): Promise<void> {
    for (const { read: judged, refusal } of await interceptCalls(this.options.interceptors, record, read)) {
      if (refusal === undefined) {
        this.submit(record, judged);
        continue;
      }
      for (const { id } of judged.calls) this.closed(callKey(judged.from, id));
      refuseCalls(this.options, record, { read: judged, cause: refusal });
    }
  }

  private submit(record: IncomingRecord, read: ReadCalls): void {
    for (const [n, message] of read.calls.entries()) {
      const call = new ServedCall({
        message,
        req: toKafkaRequest(record, read, message),
        replyTo: read.replyTo,
        deadlineMs: deadlineOfCall(this.options, record, message),
        batchIndex: read.batchIndexes[n]!,
        isBatchCall: read.batchSize > 1,
        onBegun() {},
        onSettled: () => this.closed(call.key),
      });
      this.dispatcher.submit(call);
    }
  }

  private async run(call: ServedCall): Promise<void> {
    const refusal = await this.whyNot(call);
    if (refusal === undefined) {
      await this.options.run(call);
      return;
    }
    this.options.replier.error(call, refusal, { ctx: undefined, input: call.message.input });
    call.isOver = true;
    call.settle();
  }

  /** Whoever may write to the control topic can have every instance run what may be gathered: so each procedure's author has the word. */
  private async whyNot({ message: { method, path } }: ServedCall): Promise<TRPCError | undefined> {
    const { router, readProcedureOptions } = this.options;
    if (method === 'query') {
      const { gather } = await readProcedureOptions(path);
      // What is not there is for the procedure's caller to say, as for any call.
      if (gather === true || !(await isQuery(router, path))) return undefined;
    }
    const why = method === 'query' ? 'meta.kafka.gather of the procedure is not true' : 'only queries can be';
    return new TRPCError({
      code: 'METHOD_NOT_SUPPORTED',
      message: `The ${method} ${path} cannot be gathered: ${why}`,
    });
  }

  /** What was over when this instance began to read, nobody waits for; else the caller must be able to tell a slow server, or a wrong clock. */
  private expired(call: ServedCall): void {
    if (call.req.timestampMs < this.openedAtMs) return;
    this.options.replier.plain(call, { kind: 'expired', id: call.message.id, nowMs: Date.now() });
  }

  private answerRefusals(record: IncomingRecord, read: ReadCalls): void {
    for (const refusal of read.refusals) {
      if (refusal.id === undefined || read.replyTo === undefined) continue;
      if (this.refusals.take()) answerRefusal(this.options, record, { read, refusal });
      else this.options.counters.add('questionsDropped');
    }
  }

  private refuse(record: IncomingRecord, read: ReadCalls, cause: TRPCError): void {
    if (this.refusals.take()) refuseCalls(this.options, record, { read, cause });
    else this.options.counters.add('questionsDropped');
  }
}

async function isQuery(router: AnyTRPCRouter, path: string): Promise<boolean> {
  try {
    const procedure = await getProcedureAtPath(router, path);
    return procedure?._def.type === 'query';
  } catch {
    return false; // A part of the router that does not load: whoever runs the procedure says so.
  }
}

function tooMany(open: number): TRPCError {
  return new TRPCError({
    code: 'TOO_MANY_REQUESTS',
    message: `The call was refused: ${open} gather calls run or wait on this server instance. Try again later, or raise gather.maxConcurrentCalls of applyKafkaHandler`,
  });
}
