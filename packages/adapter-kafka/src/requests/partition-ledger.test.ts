import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPartitionLedger, type LedgerSlot } from './partition-ledger.js';

/** What has become of a record, said plainly: the model the ledger is compared with. */
interface ModelRecord {
  readonly slot: LedgerSlot;
  begun: boolean;
  settled: boolean;
}

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom('enter', 'begin', 'settle', 'release'),
    pick: fc.nat(),
    gap: fc.nat({ max: 3 }),
  }),
  { maxLength: 200 },
);

/** How many objects a slot keeps in memory, itself among them. */
function reachable(slot: object, seen: Set<object> = new Set()): number {
  seen.add(slot);
  for (const value of Object.values(slot) as unknown[])
    if (typeof value === 'object' && value !== null && !seen.has(value)) reachable(value, seen);
  return seen.size;
}

describe('createPartitionLedger', () => {
  test('commits as a plain list of records would', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), actions, (position, steps) => {
        const ledger = createPartitionLedger(position);
        const records: ModelRecord[] = [];
        let next = position;
        let released = position;
        const firstOffset = (open: (record: ModelRecord) => boolean): number =>
          records.find(open)?.slot.offset ?? next;
        for (const { kind, pick, gap } of steps) {
          const record = records[pick % Math.max(1, records.length)];
          if (kind === 'enter') {
            // Offsets have gaps where control records or compacted ones were.
            records.push({ slot: ledger.enter(next + gap), begun: false, settled: false });
            next += gap + 1;
          } else if (kind === 'release') {
            released = Math.max(
              released,
              firstOffset(({ begun }) => !begun),
            );
            expect(ledger.release()).toBe(released);
          } else if (record !== undefined) {
            ledger[kind === 'begin' ? 'begin' : 'settle'](record.slot);
            record.begun = true;
            record.settled ||= kind === 'settle';
          }
          const settledBelow = firstOffset(({ settled }) => !settled);
          expect(ledger.settledBelow()).toBe(settledBelow);
          expect(ledger.begunBelow()).toBe(firstOffset(({ begun }) => !begun));
          expect(ledger.committable()).toBe(Math.max(released, settledBelow));
        }
      }),
    );
  });

  test('keeps nothing of what is settled: neither behind a record that hangs, nor for whoever holds one that is done', () => {
    const ledger = createPartitionLedger(0);
    const hangs = ledger.enter(0);
    const slots = Array.from({ length: 1000 }, (_, n) => ledger.enter(n + 1));
    for (const slot of slots) ledger.settle(slot);
    expect([reachable(hangs), reachable(slots[0]!), reachable(slots[999]!)]).toEqual([1, 1, 1]);
    const later = ledger.enter(1001);
    expect([ledger.settledBelow(), ledger.size(), reachable(hangs)]).toEqual([0, 1002, 2]);
    ledger.settle(hangs);
    expect([ledger.settledBelow(), ledger.size(), reachable(later)]).toEqual([1001, 1, 1]);
  });

  test('counts the records that stand behind an unsettled one', () => {
    const ledger = createPartitionLedger(0);
    for (let offset = 0; offset < 100_000; offset++) ledger.settle(ledger.enter(offset));
    expect(ledger.size()).toBe(0);
    const slow = ledger.enter(100_000);
    for (let offset = 100_001; offset < 100_011; offset++) ledger.settle(ledger.enter(offset));
    expect(ledger.size()).toBe(11);
    ledger.settle(slow);
    expect([ledger.size(), ledger.settledBelow()]).toEqual([0, 100_011]);
  });
});
