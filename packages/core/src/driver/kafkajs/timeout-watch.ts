/**
 * Looks for requests that are late, on all connections of a driver.
 * Owns: one timer. Must not know: what becomes of a request that is late; kafkajs's queue knows.
 *
 * kafkajs looks ten times a second on each connection. A server has seven, and woke up for them more often than for
 * anything else while it had nothing to do.
 */
import type { RawRequestQueue } from './kafkajs-internals.js';

/** Watches the queues it is given, as long as they are open. */
export interface TimeoutWatch {
  /** Has it look at a queue in place of the timer that the queue would start for itself when it connects. */
  adopt(queue: RawRequestQueue): void;
}

/** Late requests are found this much later at most; the shortest time-out is six times as long. */
const lookEveryMs = 250;

/** Makes a watch without queues; it has a timer only while there are any. */
export function createTimeoutWatch(now: () => number = Date.now): TimeoutWatch {
  const watched = new Set<RawRequestQueue>();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const nowMs = now();
    for (const queue of watched) {
      for (const request of queue.inflight.values()) {
        if (request.sentAt !== null && nowMs - request.sentAt > request.requestTimeout)
          request.timeoutRequest();
      }
      if (!queue.isConnected()) queue.destroy();
    }
  }

  function watch(queue: RawRequestQueue): void {
    watched.add(queue);
    // The connections keep the process alive, or nothing does.
    timer ??= setInterval(look, lookEveryMs).unref();
  }

  function unwatch(queue: RawRequestQueue): void {
    watched.delete(queue);
    if (watched.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    adopt(queue) {
      const destroy = queue.destroy.bind(queue);
      queue.scheduleRequestTimeoutCheck = () => {
        queue.destroy();
        watch(queue);
      };
      queue.destroy = () => {
        unwatch(queue);
        destroy();
      };
    },
  };
}
