/** The calls that wait for an outcome, by id, and their deadlines. */
import { type CallId, type Clock, createDeadlineTable, type ReplyMessage } from '@trpc-kafka/core/internal';
import type { AwaitedCall, ReplySource } from './awaited-call.js';
import type { PendingCall } from './pending-call.js';

/** The table of one reply inbox. */
export interface PendingCalls {
  /** A new id, never used before in this inbox. */
  nextId(): number;
  add(call: AwaitedCall): void;
  /** Takes a settled call out: what still arrives for it is late. */
  remove(call: AwaitedCall): void;
  /** Puts another deadline in the place of a call's own. */
  watch(call: PendingCall, atMs: number, expired: () => void): void;
  /** Stops the clock of a call that goes on without a deadline. */
  unwatch(call: PendingCall): void;
  get(id: CallId): AwaitedCall | undefined;
  /** Hands a reply to its call. False when no call waits for it. */
  deliver(message: ReplyMessage, from: ReplySource): boolean;
  size(): number;
  /** The earliest time a waiting call may have been sent, or `undefined` when none waits. */
  oldestSentMs(): number | undefined;
  close(): void;
}

/** Makes an empty table. */
export function createPendingCalls(clock?: Clock): PendingCalls {
  const calls = new Map<CallId, AwaitedCall>();
  const deadlines = createDeadlineTable(clock);
  let lastId = 0;

  /** Ids are compared as texts: an answer may have had nothing but a header to take the id from. */
  function find(id: CallId): AwaitedCall | undefined {
    const call = calls.get(id);
    if (call !== undefined || typeof id !== 'string') return call;
    const numbered = calls.get(Number(id));
    // Other texts make the same number: "017", "1.7e1", or none at all.
    return String(numbered?.id) === id ? numbered : undefined;
  }

  return {
    nextId: () => ++lastId,
    add(call) {
      calls.set(call.id, call);
      deadlines.add(call, call.deadlineMs);
    },
    remove(call) {
      call.settled = true;
      deadlines.remove(call);
      calls.delete(call.id);
    },
    watch(call, atMs, expired) {
      call.onExpired = expired;
      deadlines.add(call, atMs);
    },
    unwatch: (call) => deadlines.remove(call),
    get: find,
    deliver(message, from) {
      const call = find(message.id);
      return call?.message(message, from) ?? false;
    },
    size: () => calls.size,
    oldestSentMs() {
      let oldest: number | undefined;
      for (const call of calls.values()) {
        const sentMs = call.deadlineMs - call.timeoutMs;
        if (oldest === undefined || sentMs < oldest) oldest = sentMs;
      }
      return oldest;
    },
    close: () => deadlines.close(),
  };
}
