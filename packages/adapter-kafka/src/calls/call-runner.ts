/** Runs one call: context, procedure, and the outcome as a reply or as a stream. */
import { type AnyTRPCRouter, callTRPCProcedure, TRPCError } from '@trpc/server';
import { type CallContext, pickTraceHeaders, runInCallContext } from '@trpc-kafka/core/internal';
import type { FreshOutcome } from '../duplicates/outcome.js';
import type { CreateKafkaContextFn } from '../options.js';
import type { Replier } from '../replies/replier.js';
import type { ClientStreams } from '../streams/client-streams.js';
import type { StreamLimit } from '../streams/stream-limit.js';
import { describeCall, readInput } from './call-input.js';
import { chunkItems, createChunkSender } from './chunk-items.js';
import { lossReason, serverClosing } from './early-end.js';
import { ignoreResult, kindOfResult } from './result-kind.js';
import type { ServedCall } from './served-call.js';
import { createSubscriptionSender, subscriptionItems } from './stream-items.js';
import { type StreamDesk, startStream } from './stream-session.js';

/** Runs calls. */
export interface CallRunner {
  /** Runs a two-way call and answers it. Resolves when it has ended, or has become a stream, which ends it. Never rejects. */
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
  readonly limit: StreamLimit;
}

/** What is known of a call so far: filled while it runs, told with its errors. */
interface Progress {
  ctx: unknown;
  input: unknown;
}

/** Makes a runner. */
export function createCallRunner(options: CallRunnerOptions): CallRunner {
  const { router, createContext, replier, streams, limit } = options;
  const sendData = createSubscriptionSender(replier);
  const sendChunk = createChunkSender(replier);
  const desk: StreamDesk = {
    replier,
    streams,
    onEnd(call) {
      limit.leave();
      call.end();
    },
  };

  /** No promise of its own beside tRPC's, where there is no context to wait for. Throws what the transformer makes of the input. */
  function callProcedure(call: ServedCall, progress: Progress): Promise<unknown> {
    progress.input = readInput(router, call);
    if (createContext !== undefined) return callInContext(createContext, call, progress);
    progress.ctx = {};
    return callWith(call, progress);
  }

  async function callInContext(
    create: CreateKafkaContextFn<AnyTRPCRouter>,
    call: ServedCall,
    progress: Progress,
  ): Promise<unknown> {
    progress.ctx = await create({ req: call.req, info: await describeCall(router, call, progress.input) });
    return await callWith(call, progress);
  }

  function callWith(
    { message, controller, batchIndex }: ServedCall,
    { input, ctx }: Progress,
  ): Promise<unknown> {
    return callTRPCProcedure({
      router,
      path: message.path,
      getRawInput: async () => input,
      ctx,
      type: message.method,
      signal: controller.signal,
      batchIndex,
    });
  }

  async function runSubscription(call: ServedCall, progress: Progress): Promise<void> {
    // Before its resolver is asked: refusing must cost little.
    limit.enter(call);
    try {
      const items = subscriptionItems(call, await callProcedure(call, progress));
      startStream({ call, items, send: sendData, progress }, desk);
    } catch (cause) {
      limit.leave();
      throw cause;
    }
  }

  function answer(call: ServedCall, result: unknown, progress: Progress): void {
    const kind = kindOfResult(result);
    if (kind === 'streamed' && call.message.chunks === true) {
      streamResult(call, result, progress);
    } else if (kind === 'single') {
      replier.data(call, result);
    } else {
      ignoreResult(result);
      if (!call.isGivenUp) throw unsendableResult(call, kind);
    }
  }

  /** Only now is it known that the call takes a place among the streams. */
  function streamResult(call: ServedCall, result: unknown, progress: Progress): void {
    try {
      limit.enter(call);
    } catch (refusal) {
      call.controller.abort();
      ignoreResult(result);
      throw refusal;
    }
    try {
      const items = chunkItems({ call, result, replier, progress });
      startStream({ call, items, send: sendChunk, progress }, desk);
    } catch (cause) {
      limit.leave();
      throw cause;
    }
  }

  function tellFailure(call: ServedCall, cause: unknown, progress: Progress): void {
    if (call.isGivenUp) return;
    const reason = lossReason(call);
    if (reason === undefined) {
      replier.error(call, call.abortReason === 'closing' ? serverClosing(cause) : cause, progress);
    } else {
      // A subscription that had not started: its client opens it elsewhere.
      replier.plain(call, { kind: 'lost', id: call.message.id, seq: 0, reason });
    }
  }

  async function run(call: ServedCall): Promise<void> {
    const progress: Progress = { ctx: undefined, input: call.message.input };
    try {
      assertWanted(call);
      if (call.message.method === 'subscription') await runSubscription(call, progress);
      else answer(call, await callProcedure(call, progress), progress);
    } catch (cause) {
      tellFailure(call, cause, progress);
    }
    // Committed before, it would be lost with this instance: nobody would read the call again, and nobody know of it.
    if (call.outcomeKept !== undefined) await call.outcomeKept;
    if (call.stream === undefined) call.end();
  }

  async function runOneWay(call: ServedCall): Promise<void> {
    const progress: Progress = { ctx: undefined, input: call.message.input };
    try {
      const result = await callProcedure(call, progress);
      const kind = kindOfResult(result);
      if (kind === 'single') {
        const waits = call.keepOutcome?.(carriedOut);
        if (waits !== undefined) await waits;
        return;
      }
      ignoreResult(result);
      throw unsendableResult(call, kind);
    } catch (cause) {
      replier.report(call, cause, progress);
      throw cause;
    }
  }

  // The whole run, since a generator goes on where it is pulled.
  return {
    run: (call) =>
      runInCallContext(
        () => contextOf(call),
        () => run(call),
      ),
    runOneWay: (call) =>
      runInCallContext(
        () => contextOf(call),
        () => runOneWay(call),
      ),
  };
}

/** What the call hands on to those that its resolver makes. */
function contextOf(call: ServedCall): CallContext {
  return {
    path: call.message.path,
    signal: call.controller.signal,
    // A stream has no deadline once it has started, nor has what a resolver leaves behind.
    get deadlineMs() {
      return call.isSettled ? undefined : call.deadlineMs;
    },
    get traceHeaders() {
      return pickTraceHeaders(call.req.headers);
    },
  };
}

/** All there is to know of a one-way call that went well. */
const carriedOut: FreshOutcome = { codec: 'json', envelope: '', isFinal: true };

/** The rest of a record that has begun waits while its instance closes, and gets a place when those before it are aborted. */
function assertWanted({ abortReason }: ServedCall): void {
  if (abortReason !== undefined) throw new Error('The call had not begun when its signal was aborted');
}

function unsendableResult(call: ServedCall, kind: 'streamed' | 'unsendable'): TRPCError {
  const { method, path, oneWay } = call.message;
  const why =
    kind === 'unsendable'
      ? 'promises and async iterables are sent as fields of a plain object, not of an instance of a class, and promises must have a catch'
      : `the caller reads no results that come bit by bit${oneWay === true ? ', since the call is one-way' : ': it needs a newer release of trpc-kafka'}`;
  return new TRPCError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `Cannot return an async iterable, an observable or an object with promises from ${method} ${path}: ${why}`,
  });
}
