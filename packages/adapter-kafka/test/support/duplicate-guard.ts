/** A guard to be tested without brokers. */
import { initTRPC, type TRPC_ERROR_CODE_KEY, TRPCError } from '@trpc/server';
import {
  type Counters,
  createCounters,
  jsonEnvelopes,
  jsonOnly,
  type ServerMessage,
} from '@trpc-kafka/core/internal';
import { createCallRunner } from '../../src/calls/call-runner.js';
import { ServedCall } from '../../src/calls/served-call.js';
import { createDuplicateGuard, type DuplicateGuard } from '../../src/duplicates/duplicate-guard.js';
import { withStore } from '../../src/duplicates/outcome-store.js';
import { createOutcomeWindow } from '../../src/duplicates/outcome-window.js';
import { type DuplicateOptions, handlerCounterNames, type KafkaHandlerCounter } from '../../src/options.js';
import { createErrorReporter } from '../../src/replies/error-reporter.js';
import { createReplier } from '../../src/replies/replier.js';

/** Until what is due now has happened. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a test says of a call. */
export interface CallFacts {
  readonly key?: string;
  readonly input?: unknown;
  readonly from?: string;
  readonly oneWay?: boolean;
  readonly deadlineMs?: number;
  readonly method?: 'query' | 'mutation';
}

/** What a test does to a guard, and sees of it. */
export interface GuardHarness {
  readonly guard: DuplicateGuard;
  /** The runs of the procedure. */
  readonly runs: { readonly input: unknown; readonly maybeRedelivered: boolean }[];
  /** What callers got: data, or the code of an error. */
  readonly sent: { readonly id: unknown; readonly got: unknown }[];
  /** The calls that are done, by their ids. */
  readonly settled: unknown[];
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly callOf: (id: number, facts?: CallFacts) => ServedCall;
  /** Begins a call and lets it get as far as it can. */
  readonly start: (id: number, facts?: CallFacts) => Promise<ServedCall>;
  /** Ends the oldest run with a result, or an error. */
  readonly end: (outcome: unknown) => Promise<void>;
  readonly pass: (ms: number) => void;
}

/** A guard whose procedure, clock and callers are the test. */
export function createGuardHarness({
  store,
  scope,
}: Pick<DuplicateOptions, 'store' | 'scope'> = {}): GuardHarness {
  let nowMs = 1000;
  const runs: GuardHarness['runs'] = [];
  const ends: ((outcome: unknown) => void)[] = [];
  const sent: GuardHarness['sent'] = [];
  const settled: unknown[] = [];
  const counters = createCounters(handlerCounterNames);
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const t = initTRPC.context<{ redelivered: boolean }>().create();
  const work = ({ input, ctx }: { input: unknown; ctx: { redelivered: boolean } }) => {
    runs.push({ input, maybeRedelivered: ctx.redelivered });
    return new Promise((resolve, reject) => {
      ends.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
    });
  };
  const procedure = t.procedure.input((value: unknown) => value);
  const router = t.router({ p: procedure.mutation(work), q: procedure.query(work) });
  const reporter = createErrorReporter({ router, onError: undefined, logger });
  const send = (message: ServerMessage): number => {
    const got =
      message.kind === 'data'
        ? message.data
        : message.kind === 'error'
          ? (message.error as { data: { code: string } }).data.code
          : message.kind;
    return sent.push({ id: message.id, got });
  };
  const replier = createReplier(
    router,
    {
      send: (_, message) => send(message as ServerMessage),
      encode: (to, message, call) => ({
        to,
        codec: jsonEnvelopes,
        envelope: jsonEnvelopes.encode(message),
        bytes: 1,
        path: 'p',
        call,
        seq: undefined,
        isOwed: false,
      }),
      post: ({ envelope }) => {
        const [read] = jsonEnvelopes.decode(Buffer.from(envelope), undefined);
        if (read?.ok) send(read.message as ServerMessage);
      },
      handedOver: async () => {},
    },
    reporter,
  );
  const runner = createCallRunner({
    router,
    createContext: ({ req }) => ({ redelivered: req.maybeRedelivered }),
    replier,
    streams: undefined as never,
    limit: undefined as never,
  });
  const window = createOutcomeWindow({ maxEntries: 100, maxBytes: 1e6, now: () => nowMs });
  const guard = createDuplicateGuard({
    memory: store === undefined || typeof store === 'string' ? window : withStore(window, store),
    runner,
    replier,
    codecs: jsonOnly,
    windowMs: 10_000,
    scope,
    now: () => nowMs,
    counters,
    logger,
    emit() {},
  });
  function callOf(id: number, facts: CallFacts = {}): ServedCall {
    const { key, input = 'in', from = 'A', oneWay = false, deadlineMs, method = 'mutation' } = facts;
    return new ServedCall({
      message: {
        kind: 'call',
        id,
        method,
        path: method === 'query' ? 'q' : 'p',
        input,
        ...(oneWay ? { oneWay } : {}),
      },
      req: {
        topic: 't',
        partition: 0,
        offset: id,
        timestampMs: 0,
        key: null,
        headers: { tenant: from },
        from,
        idempotencyKey: key,
        oneWay,
        maybeRedelivered: false,
        attempt: 1,
      },
      replyTo: oneWay ? undefined : { topic: 'r', partition: 0, inboxId: 'A'.repeat(22) },
      deadlineMs,
      batchIndex: 0,
      isBatchCall: false,
      onBegun() {},
      onSettled: () => settled.push(id),
    });
  }
  return {
    guard,
    runs,
    sent,
    settled,
    counters,
    callOf,
    start: async (id: number, facts?: CallFacts): Promise<ServedCall> => {
      const call = callOf(id, facts);
      void guard.run(call);
      await turn();
      return call;
    },
    end: async (outcome: unknown): Promise<void> => {
      ends.shift()!(outcome);
      await turn();
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** An error of the procedure's. */
export const failed = (code: TRPC_ERROR_CODE_KEY): TRPCError => new TRPCError({ code });
