/** Carries out one one-way call: tries, tries again with growing waits, and gives it up to the dead-letter topic at the end. */
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import type { IncomingRecord, KafkaProcedureOptions, KafkaRetryOptions } from '@trpc-kafka/core';
import type { Counters } from '@trpc-kafka/core/internal';
import type { CallRunner } from '../calls/call-runner.js';
import type { ReadProcedureOptions } from '../calls/procedure-options.js';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, OneWayOptions } from '../options.js';
import { toTRPCError } from '../replies/to-trpc-error.js';
import type { DeadLetters } from './dead-letter.js';

/** What carrying out needs. */
export interface OneWayRunnerOptions {
  readonly runner: CallRunner;
  readonly deadLetters: DeadLetters;
  readonly settings: Required<OneWayOptions>;
  readonly readProcedureOptions: ReadProcedureOptions;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** A call's record, and how long this instance is to work on it. */
export interface OneWayErrand {
  readonly record: IncomingRecord;
  /** Aborts when the handler closes; with the reason `lost` when another instance has the record's partition. */
  readonly ending: AbortSignal;
  /** Told of an attempt that failed, but was seen to end. */
  failed(attempt: number): void;
}

/** Why an errand ends for this instance, and begins for another. */
export const partitionLost = 'lost';

/**
 * Carries out a one-way call. Never rejects. Only a call that `ending` interrupts is left unsettled: whoever owns its
 * partition next reads it again. Any other that stayed so would hold up the commits of its partition for ever.
 */
export type OneWayRunner = (call: ServedCall, errand: OneWayErrand) => Promise<void>;

/** Errors that another attempt cannot cure: what was asked is wrong, not how it went. */
const permanentCodes: ReadonlySet<TRPC_ERROR_CODE_KEY> = new Set<TRPC_ERROR_CODE_KEY>([
  'PARSE_ERROR',
  'BAD_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_SUPPORTED',
  'NOT_IMPLEMENTED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'UNPROCESSABLE_CONTENT',
]);

/** Makes the runner. */
export function createOneWayRunner(options: OneWayRunnerOptions): OneWayRunner {
  const { runner, deadLetters, settings, counters } = options;

  /** `give-up`: another attempt cannot help, or the call's deadline passed. `leave`: the next attempt is another instance's. */
  async function waitForNext(
    call: ServedCall,
    cause: unknown,
    ending: AbortSignal,
  ): Promise<'again' | 'give-up' | 'leave'> {
    const { signal } = call.controller;
    if (ending.reason === partitionLost || call.abortReason === 'closing') return 'leave';
    if (signal.aborted || permanentCodes.has(toTRPCError(cause).code)) return 'give-up';
    const rules = retryRules(settings, await options.readProcedureOptions(call.message.path));
    if (call.req.attempt >= rules.attempts) return 'give-up';
    const wait = eitherSignal(signal, ending);
    try {
      await options.delay(delayMs(rules, call.req.attempt, options.random()), wait.signal);
    } catch (error) {
      if (!wait.signal.aborted) throw error;
      return call.abortReason === 'deadline' ? 'give-up' : 'leave';
    } finally {
      wait.release();
    }
    counters.add('retries');
    call.req = { ...call.req, attempt: call.req.attempt + 1 };
    return 'again';
  }

  /** Resolves with what the last attempt threw, if it did. */
  async function attempt(
    call: ServedCall,
    errand: OneWayErrand,
  ): Promise<{ readonly cause: unknown } | 'done' | 'left'> {
    while (true) {
      try {
        await runner.runOneWay(call);
        return 'done';
      } catch (cause) {
        errand.failed(call.req.attempt);
        const next = await waitForNext(call, cause, errand.ending);
        if (next === 'leave') return 'left';
        if (next === 'give-up') return { cause };
      }
    }
  }

  return async (call, errand) => {
    const end = await attempt(call, errand);
    if (end === 'left') return;
    if (end !== 'done') {
      const { record, ending: signal } = errand;
      const error = toTRPCError(end.cause);
      const { attempt: attempts } = call.req;
      try {
        // Not the call's own signal: its deadline must not keep it from becoming a dead letter.
        await deadLetters.write({ record, error, code: error.code, attempts, signal });
      } catch (unwritten) {
        if (signal.aborted) return;
        throw unwritten;
      }
    }
    call.settle();
  };
}

/** How the calls of a procedure are tried again: its own word, each by itself, before the handler's. */
export function retryRules(
  settings: Required<KafkaRetryOptions>,
  { retry }: KafkaProcedureOptions,
): RetryRules {
  return { ...settings, ...retry };
}

/** Aborts with the first of two. `AbortSignal.any` keeps what it made for as long as its longest-lived source. */
function eitherSignal(a: AbortSignal, b: AbortSignal): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (a.aborted || b.aborted) abort();
  for (const source of [a, b]) source.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    release() {
      for (const source of [a, b]) source.removeEventListener('abort', abort);
    },
  };
}

/** How calls are tried again. */
export type RetryRules = Required<KafkaRetryOptions>;

/** Doubles with each attempt; spread by half, so that calls that failed together do not come back together. */
function delayMs(rules: RetryRules, attempt: number, chance: number): number {
  const full = Math.min(rules.maxDelayMs, rules.initialDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + chance / 2));
}
