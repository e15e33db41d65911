/** Calls that are remembered until a time: no more of them than so many, the oldest forgotten first. */
import { createAgingQueue } from './aging-queue.js';

/** A bounded memory of calls, by their keys. */
export interface RecentCalls {
  /** Remembers a call as the newest, one that is known anew. */
  add(key: string, untilMs: number, nowMs: number): void;
  has(key: string): boolean;
  /** True when the call was there. */
  delete(key: string): boolean;
}

/** Whatever a flood of them is for: a mebibyte or two. */
const maxKept = 10_000;

/** Makes an empty memory. */
export function createRecentCalls(): RecentCalls {
  const calls = new Map<string, Recent>();
  const ages = createAgingQueue<Recent>((recent) => calls.get(recent.key) !== recent);

  function forgetOld(nowMs: number): void {
    for (let oldest = ages.oldest(); oldest !== undefined; oldest = ages.oldest()) {
      if (calls.size <= maxKept && oldest.untilMs > nowMs) return;
      calls.delete(oldest.key);
    }
  }

  return {
    add(key, untilMs, nowMs) {
      const recent = { key, untilMs };
      calls.set(key, recent);
      ages.push(recent);
      forgetOld(nowMs);
    },
    has: (key) => calls.has(key),
    delete: (key) => calls.delete(key),
  };
}

interface Recent {
  readonly key: string;
  readonly untilMs: number;
}
