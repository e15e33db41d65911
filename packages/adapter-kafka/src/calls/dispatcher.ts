/** Decides when calls run: how many at a time, which no more, and what reaches those that do (cancel, credit, deadlines). */
import {
  type Clock,
  type Counters,
  type Credit,
  createDeadlineTable,
  systemClock,
} from '@trpc-kafka/core/internal';
import type { KafkaHandlerCounter } from '../options.js';
import { createCancelMemory } from './cancel-memory.js';
import type { AbortReason, CallHolder, ServedCall } from './served-call.js';

/** Decides when calls run. */
export interface Dispatcher {
  submit(call: ServedCall): void;
  /** True while a call of this key waits or runs. */
  has(key: string): boolean;
  /** Drops the waiting calls of partitions that went to another instance, which will run them. */
  dropWaiting(isDropped: (call: ServedCall) => boolean): void;
  /** Holds waiting calls back, or lets them go on: while a group is reassigned, nobody knows whose they will be. */
  setHeld(held: boolean): void;
  /** A caller gave up: aborts a running call, drops a waiting one, remembers one that is not here yet. */
  cancel(key: string): void;
  /** The receiver of a stream takes more. */
  grant(key: string, credit: Credit): void;
  /** Calls that wait. */
  waiting(): number;
  /** Calls and streams that run. */
  running(): number;
  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void>;
  abortAll(reason: AbortReason): void;
  close(): void;
}

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly maxConcurrentCalls: number;
  /** Runs a call; resolves when it is done, or has become a stream. */
  readonly run: (call: ServedCall) => Promise<void>;
  /** The call's deadline had passed before it could begin. */
  readonly onExpired: (call: ServedCall) => void;
  /** The same record, read or written again, while the first waits or runs. */
  readonly onDuplicate: (call: ServedCall) => void;
  /** True: more than enough calls wait, fetch no more. False: go on. */
  readonly onPressure: (high: boolean) => void;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly clock?: Clock;
}

/** Makes a dispatcher. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new DispatcherImpl(options);
}

class DispatcherImpl implements Dispatcher, CallHolder {
  private queue: ServedCall[] = [];
  private head = 0;
  private pressed = false;
  private pumping = false;
  private held = false;
  /** Calls that take a place among the concurrent ones. A stream gives its place back once it has started. */
  private readonly placed = new Set<ServedCall>();
  private readonly active = new Map<string, ServedCall>();
  private readonly cancelled = createCancelMemory();
  private readonly idleWaiters: (() => void)[] = [];
  private readonly clock: Clock;
  private readonly deadlines;
  private readonly options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.deadlines = createDeadlineTable(this.clock);
  }

  submit(call: ServedCall): void {
    const first = this.active.get(call.key);
    if (first !== undefined) {
      // The same record read or written twice. A two-way call will be answered by the one that is here already; a one-way
      // call is promised to be carried out, so it is not done, and not committed, before the one that runs is.
      this.options.onDuplicate(call);
      if (call.req.oneWay) first.repeatedBy(call);
      else call.settle();
      return;
    }
    this.active.set(call.key, call);
    this.queue.push(call);
    this.pump();
  }

  has(key: string): boolean {
    return this.active.has(key);
  }

  dropWaiting(isDropped: (call: ServedCall) => boolean): void {
    const kept: ServedCall[] = [];
    const orphans: ServedCall[] = [];
    for (let i = this.head; i < this.queue.length; i++) {
      const call = this.queue[i]!;
      if (isDropped(call)) {
        this.forget(call);
        orphans.push(...call.takeRepeats());
      } else kept.push(call);
    }
    this.queue = kept;
    this.head = 0;
    for (const call of orphans) if (!isDropped(call)) this.submit(call);
    this.relieve();
  }

  setHeld(held: boolean): void {
    this.held = held;
    if (!held) this.pump();
  }

  cancel(key: string): void {
    const call = this.active.get(key);
    if (call === undefined) this.cancelled.remember(key, this.clock.now());
    else if (call.abortReason === undefined) {
      this.options.counters.add('cancelled');
      call.abort('cancelled');
    }
  }

  grant(key: string, credit: Credit): void {
    this.active.get(key)?.stream?.grant(credit);
  }

  waiting(): number {
    return this.queue.length - this.head;
  }

  running(): number {
    return this.active.size - this.waiting();
  }

  async idle(): Promise<void> {
    if (this.active.size === 0) return;
    await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  abortAll(reason: AbortReason): void {
    for (const call of this.active.values()) call.abort(reason);
  }

  close(): void {
    this.deadlines.close();
  }

  private pump(): void {
    // A call that ends before its first await comes back here: the loop that started it goes on with the next.
    if (this.pumping) return;
    this.pumping = true;
    while (this.mayStart()) this.startNext();
    this.pumping = false;
    if (this.head > 1024 || this.head === this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    if (!this.pressed && this.waiting() > 2 * this.options.maxConcurrentCalls) {
      this.pressed = true;
      this.options.onPressure(true);
    }
    this.relieve();
  }

  private mayStart(): boolean {
    return !this.held && this.placed.size < this.options.maxConcurrentCalls && this.head < this.queue.length;
  }

  private relieve(): void {
    if (!this.pressed || this.waiting() > this.options.maxConcurrentCalls) return;
    this.pressed = false;
    this.options.onPressure(false);
  }

  private startNext(): void {
    const call = this.queue[this.head++]!;
    call.begin();
    if (call.abortReason === undefined && this.cancelled.recall(call.key)) {
      this.options.counters.add('cancelled');
      call.abort('cancelled');
    }
    if (call.abortReason === 'cancelled') this.skip(call);
    else if (call.deadlineMs !== undefined && call.deadlineMs <= this.clock.now()) this.expire(call);
    else this.start(call);
  }

  private expire(call: ServedCall): void {
    this.options.counters.add('expired');
    this.options.onExpired(call);
    this.skip(call);
  }

  /** Ends a call that is not run. */
  private skip(call: ServedCall): void {
    call.settle();
    this.forget(call);
  }

  private start(call: ServedCall): void {
    this.placed.add(call);
    call.holder = this;
    if (call.deadlineMs !== undefined) this.deadlines.add(call, call.deadlineMs);
    void this.options.run(call).finally(() => {
      // A stream goes on, and ends its call itself.
      if (call.stream === undefined) this.ended(call);
    });
  }

  released(call: ServedCall): void {
    if (!this.placed.delete(call)) return;
    this.deadlines.remove(call);
    this.pump();
  }

  ended(call: ServedCall): void {
    if (this.active.get(call.key) === call) this.forget(call);
    this.released(call);
  }

  private forget(call: ServedCall): void {
    this.active.delete(call.key);
    if (this.active.size > 0) return;
    for (const wake of this.idleWaiters.splice(0)) wake();
  }
}
