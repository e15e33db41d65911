/** Decides when calls run: how many at a time, which no more, and what reaches those that do (cancel, credit, deadlines). */
import {
  type Clock,
  type Counters,
  type Credit,
  createDeadlineTable,
  outsideOfCalls,
  systemClock,
} from '@trpc-kafka/core/internal';
import type { KafkaHandlerCounter } from '../options.js';
import { type CallLanes, createCallLanes, type LaneRules } from './call-lanes.js';
import { type CallQueue, createCallQueue } from './call-queue.js';
import { createQueuePressure, type QueueBounds, type QueuePressure } from './queue-pressure.js';
import { createRecentCalls } from './recent-calls.js';
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
  /** More calls wait for others of their procedure, or of their key, than may. @default they wait all the same */
  readonly onCrowded?: (call: ServedCall) => void;
  /** True: more than enough calls wait, fetch no more. False: go on. */
  readonly onPressure: (high: boolean) => void;
  readonly counters: Counters<KafkaHandlerCounter>;
  /** What procedures say of calls that must not run beside each other. @default nothing */
  readonly rulesOf?: (path: string) => LaneRules;
  /** In which order calls begin when there are too many: see call-queue.ts. @default 'adaptive' */
  readonly order?: 'adaptive' | 'arrival';
  /** Most calls that wait before no more are fetched, and their bytes. @default {@link defaultBounds} */
  readonly bounds?: QueueBounds;
  /** Most calls that begin in one turn of the event loop: see {@link startsPerTurn}. @default no limit */
  readonly startsPerTurn?: number;
  readonly clock?: Clock;
}

/**
 * Calls that begin together are answered together: until the last of them is done, nothing of what the first came to
 * leaves. So only so many begin in a turn of the event loop; the others do while those are on their way, and their callers
 * work beside this process and not after it. Fewer would cost more in requests to the brokers than is won.
 */
export const startsPerTurn = 128;

/**
 * So much may wait. Few would do to keep all places taken; but what is not read cannot be told from what is too old: under
 * overload the newest calls would stand behind those whose time is up, in Kafka, where nobody can choose among them.
 */
export const defaultBounds: QueueBounds = { maxCalls: 10_000, maxBytes: 64 * 1024 * 1024 };

/** Makes a dispatcher. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new DispatcherImpl(options);
}

const noRules: LaneRules = {};
/** A call that is later than this has met its deadline, unless its caller waits unusually long. */
const cancelKeptMs = 60_000;

class DispatcherImpl implements Dispatcher, CallHolder {
  private readonly queue: CallQueue<ServedCall>;
  /** Those that have waited for others of their lane, and may go on. */
  private readonly next: CallQueue<ServedCall> = createCallQueue('arrival');
  private readonly lanes: CallLanes;
  private readonly pressure: QueuePressure;
  /** Most calls that may wait in one lane: others must not stand behind it. */
  private readonly maxInLane: number;
  private pumping = false;
  private readonly startsPerTurn: number;
  /** How many more calls may begin before the event loop has its turn. */
  private startsLeft: number;
  private nextTurn: NodeJS.Immediate | undefined = undefined;
  private held = false;
  /** Calls that take a place among the concurrent ones. A stream gives its place back once it has started. */
  private readonly placed = new Set<ServedCall>();
  private readonly active = new Map<string, ServedCall>();
  /** Cancels that overtook their call on the way. Every instance hears of every cancel: most are forgotten unused. */
  private readonly cancelled = createRecentCalls();
  private readonly idleWaiters: (() => void)[] = [];
  private readonly clock: Clock;
  private readonly deadlines;
  private readonly options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    const { order = 'adaptive', rulesOf = () => noRules, bounds = defaultBounds } = options;
    this.options = options;
    this.startsPerTurn = options.startsPerTurn ?? Number.POSITIVE_INFINITY;
    this.startsLeft = this.startsPerTurn;
    this.clock = options.clock ?? systemClock;
    this.deadlines = createDeadlineTable(this.clock);
    this.queue = createCallQueue(order);
    this.lanes = createCallLanes(rulesOf, order);
    this.pressure = createQueuePressure(bounds, options.onPressure);
    this.maxInLane = bounds.maxCalls / 2;
  }

  submit(call: ServedCall): void {
    const first = this.active.get(call.key);
    if (first !== undefined) {
      // The same record read or written twice. It is done, and committed, when the one that is here already is.
      this.options.onDuplicate(call);
      if (!call.req.oneWay && first.holdsBack(call)) call.settle();
      else first.repeatedBy(call);
      return;
    }
    this.active.set(call.key, call);
    call.holder = this;
    this.pressure.came(call.bytes);
    if (call.deadlineMs !== undefined) this.deadlines.add(call, call.deadlineMs);
    const lane = this.lanes.enter(call);
    if (lane === undefined) call.place = this.queue.push(call);
    else this.park(call, lane);
    this.pump();
  }

  has(key: string): boolean {
    return this.active.has(key);
  }

  dropWaiting(isDropped: (call: ServedCall) => boolean): void {
    const orphans: ServedCall[] = [];
    for (const call of this.active.values()) {
      if (call.place === undefined || !isDropped(call)) continue;
      orphans.push(...call.takeRepeats());
      this.withdraw(call, 'withdrawn');
      this.forget(call);
    }
    for (const call of orphans) if (!isDropped(call)) this.submit(call);
    this.pump();
  }

  setHeld(held: boolean): void {
    this.held = held;
    if (!held) this.pump();
  }

  cancel(key: string): void {
    const call = this.active.get(key);
    if (call === undefined) this.rememberCancel(key);
    else if (call.abortReason === undefined) this.cancelKnown(call);
  }

  private rememberCancel(key: string): void {
    const nowMs = this.clock.now();
    this.cancelled.add(key, nowMs + cancelKeptMs, nowMs);
  }

  private cancelKnown(call: ServedCall): void {
    this.options.counters.add('cancelled');
    call.abort('cancelled');
    // While nobody knows whose it will be, another instance may have to drop it, too.
    if (call.place === undefined || this.held) return;
    this.withdraw(call, 'withdrawn');
    call.begin();
    this.skip(call);
    this.pump();
  }

  grant(key: string, credit: Credit): void {
    this.active.get(key)?.stream?.grant(credit);
  }

  waiting(): number {
    return this.pressure.size();
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
    clearImmediate(this.nextTurn);
    this.deadlines.close();
  }

  private pump(): void {
    // A call that ends before its first await comes back here: the loop that started it goes on with the next.
    if (this.pumping) return;
    this.pumping = true;
    while (!this.held && this.placed.size < this.options.maxConcurrentCalls && this.mayStart()) {
      const call = this.next.take() ?? this.queue.take();
      if (call === undefined) break;
      this.tryToStart(call);
    }
    this.pumping = false;
  }

  private mayStart(): boolean {
    if (this.startsLeft > 0) return true;
    this.nextTurn ??= outsideOfCalls(() => setImmediate(this.turn));
    return false;
  }

  private readonly turn = (): void => {
    this.nextTurn = undefined;
    this.startsLeft = this.startsPerTurn;
    this.pump();
  };

  private tryToStart(call: ServedCall): void {
    call.place = undefined;
    const isCancelled = call.abortReason === 'cancelled' || this.recallCancel(call);
    const isLate = call.deadlineMs !== undefined && call.deadlineMs <= this.clock.now();
    const lane = isCancelled || isLate ? undefined : this.lanes.begin(call);
    if (lane !== undefined) {
      this.park(call, lane);
      return;
    }
    this.pressure.went(call.bytes);
    call.begin();
    if (isCancelled) this.skip(call);
    else if (isLate) {
      this.queue.cameLate();
      this.expire(call);
    } else {
      this.startsLeft--;
      void this.start(call);
    }
  }

  private recallCancel(call: ServedCall): boolean {
    if (call.abortReason !== undefined || !this.cancelled.delete(call.key)) return false;
    this.options.counters.add('cancelled');
    call.abort('cancelled');
    return true;
  }

  private park(call: ServedCall, lane: CallQueue<ServedCall>): void {
    const { onCrowded } = this.options;
    if (onCrowded === undefined || lane.size() < this.maxInLane) {
      call.place = lane.push(call);
      return;
    }
    this.pressure.went(call.bytes);
    call.begin();
    onCrowded(call);
    this.skip(call);
  }

  private letGoOn(calls: readonly ServedCall[]): void {
    for (const call of calls) call.place = this.next.push(call);
  }

  /** Takes a waiting call out of its queue. */
  private withdraw(call: ServedCall, why: 'expired' | 'withdrawn'): void {
    const { place } = call;
    if (place === undefined) return;
    call.place = undefined;
    place.queue.remove(place, why);
    this.pressure.went(call.bytes);
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

  private async start(call: ServedCall): Promise<void> {
    this.placed.add(call);
    try {
      await this.options.run(call);
    } finally {
      // A stream goes on, and ends its call itself.
      if (call.stream === undefined) this.over(call);
    }
  }

  private over(call: ServedCall): void {
    this.ended(call);
    if (call.isSettled || call.abortReason === 'closing') return;
    // It was left to another instance, and its record came back to this one: then it is this one's after all.
    for (const repeat of call.takeRepeats()) this.submit(repeat);
  }

  released(call: ServedCall): void {
    if (!this.placed.delete(call)) return;
    this.leaveLanes(call);
    this.pump();
  }

  ended(call: ServedCall): void {
    if (this.active.get(call.key) === call) this.forget(call);
    this.released(call);
  }

  expired(call: ServedCall): void {
    this.withdraw(call, 'expired');
    call.begin();
    if (call.abortReason === 'cancelled') this.skip(call);
    else this.expire(call);
    this.pump();
  }

  written(call: ServedCall): void {
    this.deadlines.remove(call);
  }

  private leaveLanes(call: ServedCall): void {
    // A call whose replies are on their way is watched: at its deadline nobody waits for them any more.
    if (!call.isSettled || !call.isOpen) this.deadlines.remove(call);
    this.letGoOn(this.lanes.leave(call));
  }

  private forget(call: ServedCall): void {
    this.active.delete(call.key);
    if (!this.placed.has(call)) this.leaveLanes(call);
    if (this.active.size > 0) return;
    for (const wake of this.idleWaiters.splice(0)) wake();
  }
}
