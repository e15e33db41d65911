/**
 * Whether a service has a server right now, for calls that are to fail when it has none.
 * Owns: how long a sign of life counts, the one question that calls share when there was none, how long its answer is waited for.
 * Must not know: calls, how a question travels.
 */

import { isKafkaTransportError } from '@trpc-kafka/core';
import type { Clock, HelloReplyMessage, ReplyMessage } from '@trpc-kafka/core/internal';
import type { GatherPart } from '../gather/gathering.js';
import type { QuestionListener } from '../gather/service-asker.js';

/** Whether servers are there. */
export interface ServerPresence {
  /** A server answered something. */
  seen(): void;
  /** When a server answered last. */
  seenMs(): number | undefined;
  /** True when that was so short ago that nobody need be asked. */
  isThere(): boolean;
  /** Asks, unless that is under way, and tells the waiter. */
  ask(waiter: PresenceWaiter): void;
  forget(waiter: PresenceWaiter): void;
}

/** What waits to know whether a server is there. */
export interface PresenceWaiter {
  there(): void;
  nobody(): void;
  /** It could not be found out, for this reason. */
  failed(error: Error): void;
}

/** What it works with. */
export interface ServerPresenceOptions {
  /** Asks all instances; errors reach the listener, also those found at once. */
  readonly ask: (timeoutMs: number, listener: QuestionListener) => GatherPart | undefined;
  /** True when all that was written to this client has been read. */
  readonly isCaughtUp: () => boolean;
  readonly clock: Clock;
}

/** A server that answered so short ago is taken to be there, in ms. */
export const presenceMs = 2000;
/** So long the answer of any server is waited for, once brokers have the question, in ms. */
export const answerMs: number = 200;
/** In so many steps: while this process does other things it hears nothing, and that is no silence of the servers. */
const steps = 5;
/** Brokers that take longer for the question are asked again, as long as somebody waits. */
const unconfirmedMs = 10_000;

/** Makes it; no server is known. */
export function createServerPresence(options: ServerPresenceOptions): ServerPresence {
  return new ServerPresenceImpl(options);
}

class ServerPresenceImpl implements ServerPresence {
  private lastSeenMs: number | undefined = undefined;
  private readonly waiters = new Set<PresenceWaiter>();
  private probe: Probe | undefined = undefined;
  private readonly options: ServerPresenceOptions;

  constructor(options: ServerPresenceOptions) {
    this.options = options;
  }

  seen(): void {
    this.lastSeenMs = this.options.clock.now();
    if (this.probe !== undefined) this.settle((waiter) => waiter.there());
  }

  seenMs(): number | undefined {
    return this.lastSeenMs;
  }

  isThere(): boolean {
    const { lastSeenMs } = this;
    return lastSeenMs !== undefined && this.options.clock.now() - lastSeenMs < presenceMs;
  }

  ask(waiter: PresenceWaiter): void {
    this.waiters.add(waiter);
    if (this.probe === undefined) this.begin();
  }

  forget(waiter: PresenceWaiter): void {
    // A client that closes does not wait for an answer that nobody wants.
    if (this.waiters.delete(waiter) && this.waiters.size === 0) this.endProbe();
  }

  private begin(): void {
    const probe = new Probe(this.options, {
      there: () => this.seen(),
      nobody: () => this.settle((waiter) => waiter.nobody()),
      failed: (error) => this.settle((waiter) => waiter.failed(error)),
      unconfirmed: () => {
        this.endProbe();
        this.begin();
      },
    });
    this.probe = probe;
    probe.start();
  }

  private settle(tell: (waiter: PresenceWaiter) => void): void {
    // Before anyone is told, who may make another call.
    const told = [...this.waiters];
    this.waiters.clear();
    this.endProbe();
    for (const waiter of told) tell(waiter);
  }

  private endProbe(): void {
    this.probe?.end();
    this.probe = undefined;
  }
}

interface ProbeOutcome extends PresenceWaiter {
  /** The brokers have not taken the question. */
  unconfirmed(): void;
}

/** One question, until it is known whether anybody is there. */
class Probe implements QuestionListener {
  private part: GatherPart | undefined = undefined;
  private timer: unknown = undefined;
  private silentSteps = 0;
  private over = false;
  /** Why some instances could not be asked: that others are silent says nothing of those. */
  private unasked: Error | undefined = undefined;
  private readonly options: ServerPresenceOptions;
  private readonly outcome: ProbeOutcome;

  constructor(options: ServerPresenceOptions, outcome: ProbeOutcome) {
    this.options = options;
    this.outcome = outcome;
  }

  start(): void {
    const part = this.options.ask(unconfirmedMs, this);
    if (this.over) part?.leave();
    else this.part = part;
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    if (this.timer !== undefined) this.options.clock.clearTimeout(this.timer);
    this.part?.leave();
  }

  answer(message: ReplyMessage): boolean {
    if (message.kind !== 'hello-reply') return false;
    if (takesCalls(message)) this.outcome.there();
    return true;
  }

  /** Whoever wrote it is there, whatever it said. */
  unreadable(): void {
    if (!this.over) this.outcome.there();
  }

  written(): void {
    if (!this.over) this.wait();
  }

  failed(error: Error): void {
    this.unasked ??= error;
  }

  ended(error?: Error): void {
    if (this.over) return;
    if (error === undefined || (isKafkaTransportError(error) && error.code === 'TIMEOUT')) {
      this.outcome.unconfirmed();
    } else this.outcome.failed(error);
  }

  private wait(): void {
    this.timer = this.options.clock.setTimeout(this.step, answerMs / steps);
  }

  private readonly step = (): void => {
    if (this.options.isCaughtUp()) this.silentSteps++;
    if (this.silentSteps < steps) this.wait();
    else if (this.unasked === undefined) this.outcome.nobody();
    else this.outcome.failed(this.unasked);
  };
}

/** One that is closing takes no more; one that is starting is about to. */
function takesCalls({ state }: HelloReplyMessage): boolean {
  return state !== 'draining';
}
