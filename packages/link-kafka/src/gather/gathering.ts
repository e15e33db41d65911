/**
 * Gathering: the answers of many servers to one question, and when there are enough of them.
 * Owns: how it ends (count, stall, time, end mark, signal), who waits for answers, that all of it is bounded.
 * Must not know: Kafka, messages, how a service is asked.
 */
import { TRPCClientError } from '@trpc/client';
import type { Clock } from '@trpc-kafka/core/internal';

/**
 * Why a gathering ended. `count`: `maxAnswers` were there. `stall`: none came for `stallMs`. `timeout`: `timeoutMs` were
 * over. `until`: the end mark came. `signal`: it was aborted. `left`: its loop was left. `failed`: no service could be
 * asked to the end, or `until` threw; whoever iterates is told the error, unless there are answers.
 */
export type GatherEndReason = 'count' | 'stall' | 'timeout' | 'until' | 'signal' | 'left' | 'failed';

/** How a gathering ended. */
export interface GatherEnd {
  /** Which of the limits was reached first, or who ended it. */
  readonly reason: GatherEndReason;
  /** How many answers came. */
  readonly answers: number;
  /** Services that could not be asked, or not all of their instances. */
  readonly failures: readonly GatherFailure[];
}

/** Why a service, or a part of its instances, could not be asked. */
export interface GatherFailure {
  /** The service's name. */
  readonly service: string;
  /** Why it could not be asked. */
  readonly error: Error;
}

/**
 * Answers as they come. It has begun when it is made, goes on whether somebody reads it or not, and keeps its answers:
 * it can be iterated, and asked for all, any number of times. Leaving a loop ends it.
 *
 * @example
 * const statuses = gatherer.nodes.status(undefined, { stallMs: 300 });
 * for await (const answer of statuses) if (answer.ok) console.log(answer.server, answer.data);
 * console.log((await statuses.ended).reason);
 */
export interface Gathering<TAnswer> extends AsyncIterable<TAnswer> {
  /**
   * Resolves with every answer when it has ended.
   * @throws TRPCClientError when no service could be asked.
   */
  all(): Promise<TAnswer[]>;
  /** Resolves when it has ended, and tells why. Never rejects. */
  readonly ended: Promise<GatherEnd>;
}

/** When there are enough answers. */
export interface GatherRules<TAnswer> {
  readonly maxAnswers: number;
  readonly stallMs: number | undefined;
  readonly until: ((answer: TAnswer) => boolean) | undefined;
  readonly signals: readonly AbortSignal[];
}

/** One service that is asked. */
export interface GatherPart {
  /** Nobody waits for its answers any more. */
  leave(): void;
}

/** What a part tells. */
export interface GatherSink<TAnswer> {
  answer(answer: TAnswer): void;
  /** Some of the service's instances could not be asked; others may answer. */
  failed(failure: GatherFailure): void;
  /** Its time is over, or it could not be asked at all: then with the failure. */
  ended(failure?: GatherFailure): void;
}

/** What a gathering is made from. */
export interface GatheringOptions<TAnswer> {
  readonly rules: GatherRules<TAnswer>;
  /** True when all that was written for this process has been read: only then a pause is a pause of the servers. */
  readonly isCaughtUp: () => boolean;
  readonly clock: Clock;
}

/** Starts one part; `undefined` when it ended at once. */
export type StartPart<TAnswer> = (sink: GatherSink<TAnswer>) => GatherPart | undefined;

/** Starts a gathering of answers from every part. */
export function createGathering<TAnswer>(
  options: GatheringOptions<TAnswer>,
  parts: readonly StartPart<TAnswer>[],
): Gathering<TAnswer> {
  const gathering = new GatheringImpl(options);
  gathering.start(parts);
  return gathering;
}

/** A gathering that could not begin. */
export function createFailedGathering<TAnswer>(error: Error): Gathering<TAnswer> {
  return {
    all: () => Promise.reject(error),
    ended: Promise.resolve({ reason: 'failed', answers: 0, failures: [] }),
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
  };
}

class GatheringImpl<TAnswer> implements Gathering<TAnswer> {
  readonly ended: Promise<GatherEnd>;
  private resolveEnded!: (end: GatherEnd) => void;
  private readonly answers: TAnswer[] = [];
  private readonly failures: GatherFailure[] = [];
  private parts: (GatherPart | undefined)[] = [];
  private openParts = 0;
  private failedParts = 0;
  private isOver = false;
  private error: Error | undefined = undefined;
  /** Those who wait for an answer, or for the end. */
  private readers: (() => void)[] = [];
  private stallTimer: unknown = undefined;
  private lastAnswerMs = 0;
  private readonly onAbort = (): void => this.end('signal');
  private readonly options: GatheringOptions<TAnswer>;

  constructor(options: GatheringOptions<TAnswer>) {
    this.options = options;
    this.ended = new Promise((resolve) => {
      this.resolveEnded = resolve;
    });
  }

  start(parts: readonly StartPart<TAnswer>[]): void {
    const { signals } = this.options.rules;
    if (signals.some(({ aborted }) => aborted)) {
      this.end('signal');
      return;
    }
    for (const signal of signals) signal.addEventListener('abort', this.onAbort, { once: true });
    this.openParts = parts.length;
    const { length } = parts;
    const sink: GatherSink<TAnswer> = {
      answer: (answer) => this.take(answer),
      failed: (failure) => void this.failures.push(failure),
      ended: (failure) => this.partEnded(failure, length),
    };
    this.parts = parts.map((start) => start(sink));
  }

  async all(): Promise<TAnswer[]> {
    await this.ended;
    if (this.error !== undefined) throw this.error;
    return [...this.answers];
  }

  [Symbol.asyncIterator](): AsyncIterator<TAnswer, undefined> {
    let read = 0;
    return {
      next: async () => {
        while (read === this.answers.length && !this.isOver) {
          await new Promise<void>((wake) => this.readers.push(wake));
        }
        if (read < this.answers.length) return { done: false, value: this.answers[read++]! };
        if (this.error !== undefined) throw this.error;
        return { done: true, value: undefined };
      },
      return: async () => {
        this.end('left');
        return { done: true, value: undefined };
      },
    };
  }

  private take(answer: TAnswer): void {
    if (this.isOver) return;
    const { maxAnswers, until } = this.options.rules;
    this.answers.push(answer);
    try {
      if (until?.(answer) === true) this.end('until');
    } catch (error) {
      this.end('failed', TRPCClientError.from(error as Error));
    }
    if (this.answers.length >= maxAnswers) this.end('count');
    if (this.isOver) return;
    this.watchStall();
    this.wake();
  }

  private partEnded(failure: GatherFailure | undefined, parts: number): void {
    if (failure !== undefined) {
      this.failures.push(failure);
      this.failedParts++;
    }
    if (--this.openParts > 0) return;
    if (this.failedParts < parts) this.end('timeout');
    else if (this.answers.length > 0) this.end('failed');
    else this.end('failed', TRPCClientError.from(this.failures[0]!.error));
  }

  /** From the first answer on: how long that takes is the business of `timeoutMs`. */
  private watchStall(): void {
    const { stallMs } = this.options.rules;
    if (stallMs === undefined) return;
    this.lastAnswerMs = this.options.clock.now();
    this.stallTimer ??= this.options.clock.setTimeout(this.lookForStall, stallMs);
  }

  private readonly lookForStall = (): void => {
    const { rules, clock, isCaughtUp } = this.options;
    const leftMs = this.lastAnswerMs + rules.stallMs! - clock.now();
    if (leftMs <= 0 && isCaughtUp()) this.end('stall');
    // Not read is not silent: a process that was busy looks again when it has had time to read.
    else this.stallTimer = clock.setTimeout(this.lookForStall, leftMs > 0 ? leftMs : rules.stallMs!);
  };

  private end(reason: GatherEndReason, error?: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.error = error;
    const { rules, clock } = this.options;
    for (const signal of rules.signals) signal.removeEventListener('abort', this.onAbort);
    if (this.stallTimer !== undefined) clock.clearTimeout(this.stallTimer);
    for (const part of this.parts) part?.leave();
    this.wake();
    this.resolveEnded({ reason, answers: this.answers.length, failures: this.failures });
  }

  private wake(): void {
    for (const wake of this.readers.splice(0)) wake();
  }
}
