import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Clock, createDeadlineTable, type DeadlineEntry } from './deadline-table.js';

/** A clock that the test winds. */
function createManualClock() {
  let nowMs = 0;
  let nextId = 0;
  const timers = new Map<number, { atMs: number; callback: () => void }>();
  const clock: Clock = {
    now: () => nowMs,
    setTimeout(callback, ms) {
      timers.set(++nextId, { atMs: nowMs + ms, callback });
      return nextId;
    },
    clearTimeout: (timer) => void timers.delete(timer as number),
  };
  function advanceTo(untilMs: number): void {
    while (true) {
      const due = [...timers]
        .filter(([, { atMs }]) => atMs <= untilMs)
        .sort((a, b) => a[1].atMs - b[1].atMs)[0];
      if (due === undefined) break;
      timers.delete(due[0]);
      nowMs = Math.max(nowMs, due[1].atMs);
      due[1].callback();
    }
    nowMs = untilMs;
  }
  return { clock, advanceTo, timerCount: () => timers.size };
}

class TestEntry implements DeadlineEntry {
  slot: Set<DeadlineEntry> | undefined;
  expiredAtMs: number | undefined;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  expire(): void {
    this.expiredAtMs = this.clock.now();
  }
}

const grainMs = 20;

describe('createDeadlineTable', () => {
  test('expires every entry once, not before its deadline and at most a grain after it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 50 }), (deadlines) => {
        const { clock, advanceTo, timerCount } = createManualClock();
        const table = createDeadlineTable(clock);
        const entries = deadlines.map((atMs) => {
          const entry = new TestEntry(clock);
          table.add(entry, atMs);
          return entry;
        });
        advanceTo(6000);
        entries.forEach((entry, i) => {
          expect(entry.expiredAtMs).toBeGreaterThanOrEqual(deadlines[i]!);
          expect(entry.expiredAtMs).toBeLessThanOrEqual(deadlines[i]! + grainMs);
        });
        expect(timerCount()).toBe(0);
      }),
    );
  });

  test('needs one timer for any number of entries', () => {
    const { clock, timerCount } = createManualClock();
    const table = createDeadlineTable(clock);
    for (let i = 0; i < 1000; i++) table.add(new TestEntry(clock), 10_000 - i);
    expect(timerCount()).toBe(1);
  });

  test('forgets what is removed, moves what is added again', () => {
    const { clock, advanceTo } = createManualClock();
    const table = createDeadlineTable(clock);
    const [removed, moved] = [new TestEntry(clock), new TestEntry(clock)];
    table.add(removed, 100);
    table.add(moved, 100);
    table.remove(removed);
    table.add(moved, 500);
    advanceTo(400);
    expect([removed.expiredAtMs, moved.expiredAtMs]).toEqual([undefined, undefined]);
    advanceTo(1000);
    expect([removed.expiredAtMs, moved.expiredAtMs]).toEqual([undefined, 500]);
  });

  test('takes entries that are added while others expire, also such as are due at once', () => {
    const { clock, advanceTo } = createManualClock();
    const table = createDeadlineTable(clock);
    const late = new TestEntry(clock);
    const adding = new TestEntry(clock);
    adding.expire = () => table.add(late, clock.now());
    table.add(adding, 100);
    advanceTo(200);
    expect(late.expiredAtMs).toBeDefined();
  });

  test('waits for deadlines beyond what a timer can count', () => {
    const { clock, advanceTo } = createManualClock();
    const table = createDeadlineTable(clock);
    const entry = new TestEntry(clock);
    const monthMs = 40 * 24 * 60 * 60 * 1000;
    table.add(entry, monthMs);
    advanceTo(monthMs - grainMs);
    expect(entry.expiredAtMs).toBeUndefined();
    advanceTo(monthMs + grainMs);
    expect(entry.expiredAtMs).toBe(monthMs);
  });

  test('leaves nothing behind when it is closed', () => {
    const { clock, advanceTo, timerCount } = createManualClock();
    const table = createDeadlineTable(clock);
    const entry = new TestEntry(clock);
    table.add(entry, 100);
    table.close();
    advanceTo(1000);
    expect(entry.expiredAtMs).toBeUndefined();
    expect(entry.slot).toBeUndefined();
    expect(timerCount()).toBe(0);
  });

  test('keeps nothing of entries that were removed long before their deadline', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { clock } = createManualClock();
    const table = createDeadlineTable(clock);
    const dayMs = 86_400_000;
    function addAndRemove(atMs: number): WeakRef<object> {
      const entry = new TestEntry(clock);
      table.add(entry, atMs);
      const slot = new WeakRef(entry.slot!);
      table.remove(entry);
      return slot;
    }
    const refs: WeakRef<object>[] = [];
    for (let i = 0; i < 10_000; i++) refs.push(addAndRemove(dayMs + i * grainMs));
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(1100);
  });
});
