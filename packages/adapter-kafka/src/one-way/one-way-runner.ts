/** Carries out one one-way call: tries, tries again with growing waits, and gives it up to the dead-letter topic at the end. */
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import type { IncomingRecord } from '@trpc-kafka/core';
import type { Counters } from '@trpc-kafka/core/internal';
import type { CallRunner } from '../calls/call-runner.js';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, OneWayOptions } from '../options.js';
import { toTRPCError } from '../replies/to-trpc-error.js';
import type { DeadLetters } from './dead-letter.js';

/** What carrying out needs. */
export interface OneWayRunnerOptions {
  readonly runner: CallRunner;
  readonly deadLetters: DeadLetters;
  readonly settings: Required<OneWayOptions>;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
}

/** Carries out a one-way call. Never rejects; a call that was not settled is read again by whoever owns its partition next. */
export type OneWayRunner = (call: ServedCall, record: IncomingRecord) => Promise<void>;

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

  async function giveUp(call: ServedCall, record: IncomingRecord, cause: unknown): Promise<void> {
    const error = toTRPCError(cause);
    const { signal } = call.controller;
    await deadLetters.write({ record, error, code: error.code, attempts: call.req.attempt, signal });
    call.settle();
  }

  function mayTryAgain(call: ServedCall, cause: unknown): boolean {
    return call.req.attempt < settings.attempts && !permanentCodes.has(toTRPCError(cause).code);
  }

  async function attempt(call: ServedCall, record: IncomingRecord): Promise<void> {
    while (true) {
      try {
        await runner.runOneWay(call);
        call.settle();
        return;
      } catch (cause) {
        if (call.abortReason === 'closing') return;
        if (!mayTryAgain(call, cause)) return await giveUp(call, record, cause);
        counters.add('retries');
        await options.delay(delayMs(settings, call.req.attempt, options.random()), call.controller.signal);
        call.req = { ...call.req, attempt: call.req.attempt + 1 };
      }
    }
  }

  return async (call, record) => {
    try {
      await attempt(call, record);
    } catch (error) {
      // The handler is closing: the call is not settled, so that it is carried out elsewhere.
      if (!call.controller.signal.aborted) throw error;
    }
  };
}

/** Doubles with each attempt; spread by half, so that calls that failed together do not come back together. */
function delayMs(settings: Required<OneWayOptions>, attempt: number, chance: number): number {
  const full = Math.min(settings.maxDelayMs, settings.initialDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + chance / 2));
}
