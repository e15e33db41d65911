/**
 * Time that passes when it is told to, for thousands of timers: vitest's own looks at all of them for each that fires.
 * Owns: `setTimeout`, `clearTimeout` and the clocks, until it is disposed of.
 */
import { vi } from 'vitest';

/** Time. Disposing of it gives the real one back; timers that wait are forgotten. */
export interface SimulatedClock extends Disposable {
  /** Fires what is due, in order. */
  advance(ms: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** Stops time. */
export function stopTime(): SimulatedClock {
  const timers = new Map<number, Timer>();
  let nowMs = 1_000_000;
  let lastId = 0;

  const spies = [
    vi.spyOn(Date, 'now').mockImplementation(() => nowMs),
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs),
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, ms = 0) => {
      timers.set(++lastId, { dueMs: nowMs + ms, callback });
      return lastId;
    }) as never),
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation(((id: number) => timers.delete(id)) as never),
  ];

  return {
    advance(ms) {
      const untilMs = nowMs + ms;
      for (;;) {
        const due = [...timers].filter(([, { dueMs }]) => dueMs <= untilMs);
        if (due.length === 0) break;
        for (const [id, { dueMs, callback }] of due.sort(([, a], [, b]) => a.dueMs - b.dueMs)) {
          if (!timers.delete(id)) continue;
          nowMs = dueMs;
          callback();
        }
      }
      nowMs = untilMs;
    },
    [Symbol.dispose]() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
