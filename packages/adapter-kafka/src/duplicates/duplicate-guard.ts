/** Decides of each mutation whether it is carried out, waits for another that is the same, or is answered from memory. */
import { TRPCError } from '@trpc/server';
import type { TransportLogger } from '@trpc-kafka/core';
import { type CodecTable, type Counters, isThenable } from '@trpc-kafka/core/internal';
import type { CallRunner } from '../calls/call-runner.js';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';
import type { Replier } from '../replies/replier.js';
import { identityOf, type ScopeOfRequest } from './call-identity.js';
import type { CallIdentity, FreshOutcome, KeptOutcome, OutcomeMemory } from './outcome.js';
import { readOutcome } from './read-outcome.js';
import { createRunningKeys } from './running-keys.js';

/** A runner of calls that runs none twice. */
export interface DuplicateGuard extends CallRunner {
  /** True when the call need not be run to be answered. Does not throw. */
  isKnown(call: ServedCall): boolean | PromiseLike<boolean>;
  /** A repeat was met, here or elsewhere. */
  met(call: ServedCall, first: 'running' | 'done'): void;
}

/** What a guard works with. */
export interface DuplicateGuardOptions {
  readonly memory: OutcomeMemory;
  readonly runner: CallRunner;
  readonly replier: Replier;
  readonly codecs: CodecTable;
  readonly windowMs: number;
  readonly scope: ScopeOfRequest | undefined;
  readonly now: () => number;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
}

/** Makes a guard. */
export function createDuplicateGuard(options: DuplicateGuardOptions): DuplicateGuard {
  return new DuplicateGuardImpl(options);
}

/** What is called when a run is over; `undefined` for a call that need not run. */
type Turn = (() => void) | undefined;

class DuplicateGuardImpl implements DuplicateGuard {
  private readonly running = createRunningKeys();
  private readonly options: DuplicateGuardOptions;

  constructor(options: DuplicateGuardOptions) {
    this.options = options;
  }

  run(call: ServedCall): Promise<void> {
    const { runner, memory } = this.options;
    if (call.message.method !== 'mutation') return runner.run(call);
    if (call.req.idempotencyKey === undefined) {
      const identity = identityOf(call, undefined);
      // The way of most mutations: no promise more than that of the run.
      if (memory.find(identity) === undefined) {
        this.rememberOf(call, identity);
        return runner.run(call);
      }
    }
    return this.runInTurn(call);
  }

  async runOneWay(call: ServedCall): Promise<void> {
    const { runner, replier } = this.options;
    if (call.message.method !== 'mutation') return await runner.runOneWay(call);
    let over: Turn;
    try {
      over = await this.turnOf(call);
      // Whoever tries again, or gives up, decides: it was not carried out.
      if (over === undefined && call.abortReason !== undefined)
        throw new Error('The call was aborted while it waited');
    } catch (cause) {
      replier.report(call, cause, { ctx: undefined, input: call.message.input });
      throw cause;
    }
    if (over === undefined) return;
    try {
      await runner.runOneWay(call);
    } finally {
      over();
    }
  }

  isKnown(call: ServedCall): boolean | PromiseLike<boolean> {
    const { memory, scope, logger } = this.options;
    try {
      const identity = identityOf(call, scope);
      if (identity.key !== undefined && this.running.has(identity.key)) return true;
      const kept = memory.find(identity);
      return isThenable(kept) ? kept.then((found) => found !== undefined) : kept !== undefined;
    } catch (error) {
      // A `scope`, or a store, that throws. The call must be answered all the same, and must not be run.
      logger.error(
        { err: error, path: call.message.path },
        'cannot tell whether a call was carried out before',
      );
      return false;
    }
  }

  met({ message, req }: ServedCall, first: 'running' | 'done'): void {
    const { topic, partition, offset } = req;
    this.options.counters.add('duplicates');
    this.options.emit({
      type: 'duplicate',
      path: message.path,
      first,
      position: { topic, partition, offset },
    });
  }

  private async runInTurn(call: ServedCall): Promise<void> {
    const { runner, replier } = this.options;
    let over: Turn;
    try {
      over = await this.turnOf(call);
    } catch (cause) {
      replier.error(call, cause, { ctx: undefined, input: call.message.input });
    }
    if (over === undefined && call.abortReason === undefined) {
      call.end();
      return;
    }
    try {
      // What was aborted while it waited is not run in there, but ended as its kind is.
      await runner.run(call);
    } finally {
      over?.();
    }
  }

  /** Waits until the call may run, or answers it. Rejects with what `scope` or the store throws, and with what is wrong with the key. */
  private async turnOf(call: ServedCall): Promise<Turn> {
    const identity = identityOf(call, this.options.scope);
    const turn = await this.waitForTurn(call, identity);
    if (turn === undefined) return undefined;
    let kept: KeptOutcome | undefined;
    try {
      const found = this.options.memory.find(identity);
      kept = isThenable(found) ? await found : found;
      if (kept !== undefined && kept.expiresAtMs <= this.options.now()) kept = undefined;
      if (kept !== undefined) this.repeat(call, kept, identity);
    } catch (error) {
      turn.over();
      throw error;
    }
    if (kept !== undefined) {
      if (!turn.waited) this.met(call, 'done');
      turn.over();
      return undefined;
    }
    // The first has come to nothing that is remembered: this is a second run.
    if (turn.waited) call.req = { ...call.req, maybeRedelivered: true };
    this.rememberOf(call, identity);
    return turn.over;
  }

  /** The key is taken before anybody is asked for an outcome: whoever comes meanwhile waits, and finds what is kept until then. */
  private async waitForTurn(call: ServedCall, { key, fingerprint }: CallIdentity) {
    if (key === undefined) return { over: nothing, waited: false };
    let waited = false;
    for (;;) {
      const first = this.running.fingerprint(key);
      // At once, since others wait for the same.
      if (first === undefined) return { over: this.running.take(key, fingerprint), waited };
      assertSameInput(first, fingerprint, call);
      if (!waited) this.met(call, 'running');
      waited = true;
      await this.running.released(key, call.controller.signal);
      if (call.abortReason !== undefined) return undefined;
    }
  }

  private repeat(call: ServedCall, kept: KeptOutcome, { key, fingerprint }: CallIdentity): void {
    if (key !== undefined) assertSameInput(kept.fingerprint, fingerprint, call);
    if (call.req.oneWay || call.replyTo === undefined) return;
    const { replier, codecs } = this.options;
    replier.plain(call, readOutcome(kept, call.message, codecs));
  }

  private rememberOf(call: ServedCall, identity: CallIdentity): void {
    call.keepOutcome = (outcome) => this.keep(call, identity, outcome);
  }

  private keep(call: ServedCall, identity: CallIdentity, outcome: FreshOutcome): void | Promise<void> {
    const { windowMs, now, memory } = this.options;
    // What was cut short has no outcome of its own, unless it came to an end all the same.
    if (!outcome.isFinal && call.abortReason !== undefined) return;
    const isForKey = identity.key !== undefined && outcome.isFinal;
    const untilMs = now() + windowMs;
    // After its deadline a record is not run again anyway.
    const expiresAtMs = isForKey ? untilMs : Math.min(untilMs, call.deadlineMs ?? untilMs);
    const { codec, envelope } = outcome;
    const kept: KeptOutcome = { codec, envelope, fingerprint: identity.fingerprint, expiresAtMs };
    try {
      const waits = memory.keep(isForKey ? identity : { ...identity, key: undefined }, kept);
      if (isThenable(waits)) return Promise.resolve(waits).catch((error) => this.notKept(call, error));
    } catch (error) {
      this.notKept(call, error);
    }
  }

  /** It was carried out, and its caller is to know: only a repeat may be carried out once more. */
  private notKept({ message }: ServedCall, error: unknown): void {
    this.options.counters.add('outcomesLost');
    this.options.logger.error(
      { err: error, path: message.path },
      'the outcome of a mutation could not be kept; should the call be repeated, it may be carried out again',
    );
  }
}

function nothing(): void {}

/** As the draft for HTTP's `Idempotency-Key` has it: one key for two requests is a mistake of the caller's. */
function assertSameInput(first: string, second: string, { message }: ServedCall): void {
  if (first === second || first === '' || second === '') return;
  throw new TRPCError({
    code: 'UNPROCESSABLE_CONTENT',
    message: `The idempotencyKey was used before, for a call of ${message.path} with another input: make up a key for each call`,
  });
}
