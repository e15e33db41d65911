/**
 * Lifecycle: deadlines, states, closing.
 * Owns: one timer for any number of deadlines. Must not know: what a deadline is for.
 */
import { outsideOfCalls } from '../call-context/call-context.js';

/** Something with a deadline. The table keeps its own mark in `slot`; the owner leaves it alone. */
export interface DeadlineEntry {
  slot: Set<DeadlineEntry> | undefined;
  expire(): void;
}

/** Watches deadlines with one timer: a call costs one set entry, not a timer of its own. */
export interface DeadlineTable {
  /** Watches an entry; one that is already watched moves. */
  add(entry: DeadlineEntry, atMs: number): void;
  /** Forgets an entry. */
  remove(entry: DeadlineEntry): void;
  /** Forgets all and stops the timer. */
  close(): void;
}

/** Time as the table sees it; tests bring their own. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The machine's clock. Its timers serve many calls, and so belong to none. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => outsideOfCalls(() => setTimeout(callback, ms)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Deadlines are grouped to this grain: an entry expires at most so much late. */
const grainMs = 20;
/** So many slots are kept before those that have become empty are looked for. */
const fewSlots = 1024;
/** `setTimeout` counts in 32 bits. */
const maxDelayMs = 2_147_483_647;

/** Makes a table. */
export function createDeadlineTable(clock: Clock = systemClock): DeadlineTable {
  const slots = new Map<number, Set<DeadlineEntry>>();
  let sweepAt = fewSlots;
  let timer: unknown;
  let timerSlot = Number.POSITIVE_INFINITY;

  function arm(slot: number): void {
    if (timer !== undefined) clock.clearTimeout(timer);
    timerSlot = slot;
    timer = clock.setTimeout(fire, Math.min(maxDelayMs, Math.max(0, slot * grainMs - clock.now())));
  }

  function fire(): void {
    timer = undefined;
    timerSlot = Number.POSITIVE_INFINITY;
    const due = Math.floor(clock.now() / grainMs);
    for (const [slot, entries] of slots) {
      if (slot > due) continue;
      slots.delete(slot);
      for (const entry of entries) {
        entry.slot = undefined;
        entry.expire();
      }
    }
    armNext();
  }

  function armNext(): void {
    let next = timerSlot;
    for (const [slot, entries] of slots) {
      if (entries.size === 0) slots.delete(slot);
      else if (slot < next) next = slot;
    }
    if (next < timerSlot) arm(next);
  }

  /** Calls that may wait for a day are mostly answered at once: their slots must not stay until that day is over. */
  function sweep(): void {
    for (const [slot, entries] of slots) if (entries.size === 0) slots.delete(slot);
    sweepAt = Math.max(fewSlots, 2 * slots.size);
  }

  return {
    add(entry, atMs) {
      entry.slot?.delete(entry);
      const slot = Math.ceil(atMs / grainMs);
      let entries = slots.get(slot);
      if (entries === undefined) {
        if (slots.size >= sweepAt) sweep();
        entries = new Set();
        slots.set(slot, entries);
      }
      entries.add(entry);
      entry.slot = entries;
      if (slot < timerSlot) arm(slot);
    },
    remove(entry) {
      entry.slot?.delete(entry);
      entry.slot = undefined;
    },
    close() {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
      timerSlot = Number.POSITIVE_INFINITY;
      for (const entries of slots.values()) for (const entry of entries) entry.slot = undefined;
      slots.clear();
    },
  };
}
