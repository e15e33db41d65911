/** Carries out one one-way call: tries, tries again with growing waits, and gives it up to the dead-letter topic at the end. */
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import type { IncomingRecord, KafkaRetryOptions } from '@trpc-kafka/core';
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

/**
 * Carries out a one-way call. Never rejects. Only a call that `closing` interrupts is left unsettled: whoever owns its
 * partition next reads it again. Any other that stayed so would hold up the commits of its partition for ever.
 */
export type OneWayRunner = (call: ServedCall, record: IncomingRecord, closing: AbortSignal) => Promise<void>;

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

  /** False when another attempt cannot help, or there is no time for it: the call's deadline passed, or the handler closes. */
  async function waitForNext(call: ServedCall, cause: unknown): Promise<boolean> {
    const { signal } = call.controller;
    if (signal.aborted || permanentCodes.has(toTRPCError(cause).code)) return false;
    const { retry } = await options.readProcedureOptions(call.message.path);
    const rules: RetryRules = { ...settings, ...retry };
    if (call.req.attempt >= rules.attempts) return false;
    try {
      await options.delay(delayMs(rules, call.req.attempt, options.random()), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      return false;
    }
    counters.add('retries');
    call.req = { ...call.req, attempt: call.req.attempt + 1 };
    return true;
  }

  /** Resolves with what the last attempt threw, if it did. */
  async function attempt(call: ServedCall): Promise<{ readonly cause: unknown } | undefined> {
    while (true) {
      try {
        await runner.runOneWay(call);
        return undefined;
      } catch (cause) {
        if (!(await waitForNext(call, cause))) return { cause };
      }
    }
  }

  return async (call, record, closing) => {
    const failure = await attempt(call);
    if (failure !== undefined) {
      if (call.abortReason === 'closing') return;
      const error = toTRPCError(failure.cause);
      const { attempt: attempts } = call.req;
      try {
        // Not the call's own signal: its deadline must not keep it from becoming a dead letter.
        await deadLetters.write({ record, error, code: error.code, attempts, signal: closing });
      } catch (unwritten) {
        if (closing.aborted) return;
        throw unwritten;
      }
    }
    call.settle();
  };
}

type RetryRules = Required<KafkaRetryOptions>;

/** Doubles with each attempt; spread by half, so that calls that failed together do not come back together. */
function delayMs(rules: RetryRules, attempt: number, chance: number): number {
  const full = Math.min(rules.maxDelayMs, rules.initialDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + chance / 2));
}
