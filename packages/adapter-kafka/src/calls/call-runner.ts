/** Runs one call: context, procedure, and the outcome as a reply or as a stream. */
import { type AnyTRPCRouter, callTRPCProcedure, TRPCError } from '@trpc/server';
import type { CreateKafkaContextFn } from '../options.js';
import type { Replier } from '../replies/replier.js';
import { toTRPCError } from '../replies/to-trpc-error.js';
import type { ClientStreams } from '../streams/client-streams.js';
import { assertSingleResult } from './assert-single-result.js';
import { describeCall, readInput } from './call-input.js';
import type { ServedCall } from './served-call.js';
import { lossReason, runStream } from './stream-session.js';
import { subscriptionSource } from './stream-source.js';

/** Runs calls. */
export interface CallRunner {
  /** Runs a two-way call to its end, of a subscription to the end of its stream, and answers it. Never rejects. */
  run(call: ServedCall): Promise<void>;
  /** Runs a one-way call. Rejects with what the procedure, or what came before it, threw. */
  runOneWay(call: ServedCall): Promise<void>;
}

/** What a runner works with. */
export interface CallRunnerOptions {
  readonly router: AnyTRPCRouter;
  readonly createContext: CreateKafkaContextFn<AnyTRPCRouter> | undefined;
  readonly replier: Replier;
  readonly streams: ClientStreams;
}

/** What is known of a call so far: filled while it runs, told with its errors. */
interface Progress {
  ctx: unknown;
  input: unknown;
}

/** Makes a runner. */
export function createCallRunner(options: CallRunnerOptions): CallRunner {
  const { router, createContext, replier, streams } = options;

  async function callProcedure(call: ServedCall, progress: Progress): Promise<unknown> {
    const { message, controller, batchIndex, req } = call;
    const input = readInput(router, call);
    progress.input = input;
    progress.ctx =
      createContext === undefined
        ? {}
        : await createContext({ req, info: await describeCall(router, call, input) });
    return await callTRPCProcedure({
      router,
      path: message.path,
      getRawInput: async () => input,
      ctx: progress.ctx,
      type: message.method,
      signal: controller.signal,
      batchIndex,
    });
  }

  async function run(call: ServedCall): Promise<void> {
    const progress: Progress = { ctx: undefined, input: call.message.input };
    try {
      const result = await callProcedure(call, progress);
      if (call.message.method === 'subscription') {
        const source = subscriptionSource({ call, result, replier });
        await runStream({ call, source, replier, streams, progress });
      } else {
        // Whoever cancelled, or waited until the deadline, reads no reply any more.
        if (call.abortReason === 'cancelled' || call.abortReason === 'deadline') return;
        assertSingleResult(result, call.message.method);
        replier.data(call, result);
      }
    } catch (cause) {
      if (call.abortReason === 'cancelled' || call.abortReason === 'deadline') return;
      const reason = lossReason(call);
      if (reason !== undefined) {
        // A subscription that had not started: its client opens it elsewhere.
        replier.plain(call, { kind: 'lost', id: call.message.id, seq: 0, reason });
        return;
      }
      replier.error(call, call.abortReason === 'closing' ? serverClosing(cause) : cause, progress);
    } finally {
      call.settle();
    }
  }

  return {
    run,
    async runOneWay(call) {
      const progress: Progress = { ctx: undefined, input: call.message.input };
      try {
        assertSingleResult(await callProcedure(call, progress), call.message.method);
      } catch (cause) {
        replier.report(call, cause, progress);
        throw cause;
      }
    },
  };
}

/** The call may be made again: another instance, or this one started anew, will take it. */
export function serverClosing(cause: unknown): TRPCError {
  return new TRPCError({
    code: 'SERVICE_UNAVAILABLE',
    message: 'The server instance was closed before the call was done',
    cause: cause === undefined ? undefined : toTRPCError(cause),
  });
}
