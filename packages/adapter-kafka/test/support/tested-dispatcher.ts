/** A dispatcher to be tested without anything around it: the test submits calls, moves the clock and ends what runs. */
import type { CallMessage, Clock, Counters } from '@trpc-kafka/core/internal';
import { createCounters } from '@trpc-kafka/core/internal';
import type { LaneRules } from '../../src/calls/call-lanes.js';
import { createDispatcher, type Dispatcher } from '../../src/calls/dispatcher.js';
import { callKey, ServedCall } from '../../src/calls/served-call.js';
import { handlerCounterNames, type KafkaHandlerCounter } from '../../src/options.js';

/** What a test says of its dispatcher. */
export interface HarnessOptions {
  readonly maxConcurrentCalls?: number;
  readonly clock?: Clock;
  readonly maxWaiting?: number;
  readonly startsPerTurn?: number;
  readonly rules?: Readonly<Record<string, LaneRules>>;
}

/** What a test says of a call. */
export interface CallOptions {
  readonly deadlineMs?: number;
  readonly partition?: number;
  /** @default its id */
  readonly offset?: number;
  readonly oneWay?: boolean;
  readonly path?: string;
  readonly key?: string | null;
  readonly bytes?: number;
}

/** A dispatcher under test. */
export interface TestedDispatcher {
  readonly dispatcher: Dispatcher;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly createCall: (id: number, options?: CallOptions) => ServedCall;
  readonly submit: (id: number, options?: CallOptions) => void;
  /** Ends a call that runs. */
  readonly end: (id: number) => Promise<void>;
  /** What happened since it was asked last. */
  readonly happened: () => string[];
}

/** A clock, and what moves it. */
export interface TestClock {
  readonly clock: Clock;
  readonly advance: (ms: number) => void;
}

/** Makes a clock that stands still until the test moves it. */
export function createTestClock(): TestClock {
  let nowMs = 0;
  let timer: { readonly callback: () => void; readonly atMs: number } | undefined;
  const clock: Clock = {
    now: () => nowMs,
    setTimeout(callback, ms) {
      timer = { callback, atMs: nowMs + ms };
      return timer;
    },
    clearTimeout() {
      timer = undefined;
    },
  };
  return {
    clock,
    advance: (ms: number): void => {
      const endMs = nowMs + ms;
      while (timer !== undefined && timer.atMs <= endMs) {
        const { callback, atMs } = timer;
        timer = undefined;
        nowMs = atMs;
        callback();
      }
      nowMs = endMs;
    },
  };
}

/** A dispatcher whose calls end when the test says so. */
export function createHarness({
  maxConcurrentCalls = 2,
  clock,
  maxWaiting = 1000,
  startsPerTurn = Number.POSITIVE_INFINITY,
  rules = {},
}: HarnessOptions = {}): TestedDispatcher {
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const counters = createCounters(handlerCounterNames);
  const dispatcher = createDispatcher({
    maxConcurrentCalls,
    counters,
    bounds: { maxCalls: maxWaiting, maxBytes: 100 },
    startsPerTurn,
    rulesOf: (path) => rules[path] ?? {},
    onCrowded: ({ message }) => log.push(`crowded ${message.id}`),
    onExpired: ({ message }) => log.push(`expired ${message.id}`),
    onDuplicate: () => {},
    onPressure: (high) => log.push(high ? 'too many' : 'go on'),
    run(call) {
      log.push(`run ${call.message.id}`);
      return new Promise((resolve) => {
        ends.set(call.message.id as number, () => {
          call.settle();
          resolve();
        });
      });
    },
    ...(clock === undefined ? {} : { clock }),
  });

  function createCall(id: number, options: CallOptions = {}): ServedCall {
    const { deadlineMs, partition = 0, oneWay = false, path = 'p', key = null, bytes = 0 } = options;
    const { offset = id } = options;
    const message: CallMessage = { kind: 'call', id, method: 'query', path, input: undefined };
    return new ServedCall({
      message,
      req: {
        topic: 't',
        partition,
        offset,
        timestampMs: 0,
        key,
        headers: {},
        from: 'caller',
        idempotencyKey: undefined,
        oneWay,
        maybeRedelivered: false,
        attempt: 1,
      },
      replyTo: undefined,
      deadlineMs,
      batchIndex: 0,
      isBatchCall: false,
      bytes,
      onBegun: () => log.push(`begun ${id}`),
      onSettled: () => log.push(`settled ${id}`),
    });
  }

  async function end(id: number): Promise<void> {
    ends.get(id)!();
    await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    dispatcher,
    counters,
    createCall,
    end,
    submit: (id, options) => dispatcher.submit(createCall(id, options)),
    happened: () => log.splice(0),
  };
}

/** The key of a call. */
export const key = (id: number): string => callKey('caller', id);
