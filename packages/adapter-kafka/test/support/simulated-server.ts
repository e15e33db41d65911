/**
 * A server instance in simulated time: its dispatcher is the real one; the brokers, the clock and the resolvers are the
 * simulation. An hour of it would be as exact on a busy machine as a second.
 */
import { type Clock, createCounters } from '@trpc-kafka/core/internal';
import { createDispatcher, type DispatcherOptions } from '../../src/calls/dispatcher.js';
import { ServedCall } from '../../src/calls/served-call.js';
import { handlerCounterNames } from '../../src/options.js';

/** What is simulated. */
export interface SimulationOptions
  extends Pick<DispatcherOptions, 'maxConcurrentCalls' | 'order' | 'bounds' | 'rulesOf'> {
  /** How long callers wait. */
  readonly timeoutMs: number;
  /** How long the resolver of a procedure takes. */
  readonly resolverMs: (path: string) => number;
}

/** How long a record takes from a caller to the server's fetch at best, and an answer back. */
const wayMs = 2;
const fetchEveryMs = 5;
const fetchSize = 500;

/** A simulation. */
export interface Simulation {
  /** Lets time pass. */
  run(ms: number): Promise<void>;
  /** A call is written now. `onAnswer` is called when its caller has the answer, in time. */
  call(path: string, onAnswer?: () => void): void;
  /** Calls something again and again from now on. */
  every(ms: number, what: () => void): void;
  /** Answers in time, of a procedure. */
  answered(path: string): number;
  /** Resolvers that were run for it. */
  ran(path: string): number;
  readonly counters: () => Readonly<Record<string, number>>;
}

/** Starts one at time 0. */
export function simulateServer(options: SimulationOptions): Simulation {
  const time = createTime();
  const counters = createCounters(handlerCounterNames);
  const answered = new Map<string, number>();
  const ran = new Map<string, number>();
  const listeners = new Map<number, (() => void) | undefined>();
  /** Written and not yet fetched. */
  const log: { readonly id: number; readonly path: string; readonly atMs: number }[] = [];
  let isPaused = false;
  let lastId = 0;
  const count = (table: Map<string, number>, path: string): void =>
    void table.set(path, (table.get(path) ?? 0) + 1);

  const dispatcher = createDispatcher({
    ...options,
    clock: time.clock,
    counters,
    onExpired() {},
    onDuplicate() {},
    onCrowded() {},
    onPressure: (high) => {
      isPaused = high;
    },
    run: (call) =>
      new Promise((resolve) => {
        const { path } = call.message;
        count(ran, path);
        time.after(options.resolverMs(path), () => {
          call.end();
          resolve();
          if (call.abortReason === undefined) time.after(wayMs, () => deliver(call));
        });
      }),
  });

  function deliver({ message, deadlineMs }: ServedCall): void {
    const onAnswer = listeners.get(message.id as number);
    listeners.delete(message.id as number);
    if (time.clock.now() > deadlineMs!) return;
    count(answered, message.path);
    onAnswer?.();
  }

  function fetch(): void {
    if (isPaused) return;
    const unready = log.findIndex(({ atMs }) => atMs + wayMs > time.clock.now());
    const fetched = log.splice(0, Math.min(unready < 0 ? log.length : unready, fetchSize));
    for (const { id, path, atMs } of fetched) dispatcher.submit(toCall(id, path, atMs + options.timeoutMs));
  }

  time.every(fetchEveryMs, fetch);
  return {
    run: time.run,
    every: time.every,
    call(path, onAnswer) {
      const id = ++lastId;
      listeners.set(id, onAnswer);
      log.push({ id, path, atMs: time.clock.now() });
    },
    answered: (path) => answered.get(path) ?? 0,
    ran: (path) => ran.get(path) ?? 0,
    counters: () => counters.snapshot(),
  };
}

function toCall(id: number, path: string, deadlineMs: number): ServedCall {
  const place = { topic: 't', partition: 0, offset: id, timestampMs: 0 };
  return new ServedCall({
    message: { kind: 'call', id, method: 'query', path, input: undefined },
    req: {
      ...place,
      key: null,
      headers: {},
      from: 'caller',
      idempotencyKey: undefined,
      oneWay: false,
      maybeRedelivered: false,
      attempt: 1,
    },
    replyTo: undefined,
    deadlineMs,
    batchIndex: 0,
    isBatchCall: false,
    onBegun() {},
    onSettled() {},
  });
}

interface Due {
  readonly atMs: number;
  readonly what: () => void;
}

/** Time that passes only when it is told to. */
function createTime() {
  let nowMs = 0;
  /** In their order; few at a time. */
  const dues: Due[] = [];

  function after(ms: number, what: () => void): Due {
    const due = { atMs: nowMs + ms, what };
    let place = dues.length;
    while (place > 0 && dues[place - 1]!.atMs > due.atMs) place--;
    dues.splice(place, 0, due);
    return due;
  }

  function every(ms: number, what: () => void): void {
    after(ms, () => {
      what();
      every(ms, what);
    });
  }

  const clock: Clock = {
    now: () => nowMs,
    setTimeout: (callback, ms) => after(ms, callback),
    clearTimeout(due) {
      const place = dues.indexOf(due as Due);
      if (place >= 0) dues.splice(place, 1);
    },
  };

  return {
    clock,
    after,
    every,
    run: async (ms: number): Promise<void> => {
      const endMs = nowMs + ms;
      while (dues.length > 0 && dues[0]!.atMs <= endMs) {
        const due = dues.shift()!;
        nowMs = due.atMs;
        due.what();
        // What waits for promises that were resolved has its say before the next; it takes a few turns of the microtask queue.
        for (let turn = 0; turn < 5 && dues[0]?.atMs !== nowMs; turn++) await Promise.resolve();
      }
      nowMs = endMs;
    },
  };
}
