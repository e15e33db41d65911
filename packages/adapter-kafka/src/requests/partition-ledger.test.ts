import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPartitionLedger, type LedgerSlot, type PartitionLedger } from './partition-ledger.js';

/** What has become of a record, said plainly. */
interface ModelRecord {
  readonly slot: LedgerSlot;
  begun: boolean;
  settled: boolean;
  open: number;
}

/** A plain list of records: the model that the ledger is compared with. */
function createModel(position: number) {
  const records: ModelRecord[] = [];
  let next = position;
  let released = position;
  const settledBelow = (): number => records.find(({ settled }) => !settled)?.slot.offset ?? next;
  return {
    records,
    settledBelow,
    next: () => next,
    enter(slot: LedgerSlot): void {
      records.push({ slot, begun: false, settled: false, open: 1 });
      next = slot.offset + 1;
    },
    begin(record: ModelRecord): void {
      record.begun = true;
    },
    hold(record: ModelRecord): void {
      record.open++;
    },
    settle(record: ModelRecord): void {
      record.settled ||= --record.open === 0;
    },
    release(): number {
      const behindBegun = records.filter(({ begun }) => begun).map(({ slot }) => slot.offset + 1);
      released = Math.max(released, settledBelow(), ...behindBegun);
      return released;
    },
    committable: () => Math.max(released, settledBelow()),
    keeps: ({ slot, begun }: ModelRecord): boolean => begun || slot.offset < released,
  };
}

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom(...(['enter', 'begin', 'hold', 'settle', 'release'] as const)),
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

/** What a next owner is told: which records behind the first unsettled one are settled, and before which offset all that began stand. */
function assertProgress(ledger: PartitionLedger, records: readonly ModelRecord[]): void {
  const ahead = new Set(ledger.settledAhead(1e6));
  const end = ledger.begunEnd();
  for (const { slot, begun, settled } of records) {
    if (slot.offset > ledger.settledBelow()) expect(ahead.has(slot.offset)).toBe(settled);
    if (begun) expect(end).toBeGreaterThan(slot.offset);
  }
}

describe('createPartitionLedger', () => {
  test('commits as a plain list of records would', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), actions, (position, steps) => {
        const ledger = createPartitionLedger(position);
        const model = createModel(position);
        const { records } = model;
        for (const { kind, pick, gap } of steps) {
          const record = records[pick % Math.max(1, records.length)];
          // Offsets have gaps where control records or compacted ones were.
          if (kind === 'enter') model.enter(ledger.enter(model.next() + gap));
          else if (kind === 'release') expect(ledger.release()).toBe(model.release());
          else if (record !== undefined) {
            ledger[kind](record.slot);
            model[kind](record);
          }
          expect(ledger.settledBelow()).toBe(model.settledBelow());
          expect(ledger.committable()).toBe(model.committable());
          for (const each of records) expect(ledger.keeps(each.slot)).toBe(model.keeps(each));
          assertProgress(ledger, records);
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
