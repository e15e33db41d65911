/** What has become of the records of one partition: the base of every commit. Pure. */

/** A record's place in the ledger. */
export interface LedgerSlot {
  readonly offset: number;
  /** The work in the record has begun: this instance will answer it. */
  begun: boolean;
  settled: boolean;
  /** How often it is yet to be settled. */
  open: number;
}

/** The ledger of one partition. Records are entered in offset order. */
export interface PartitionLedger {
  enter(offset: number): LedgerSlot;
  begin(slot: LedgerSlot): void;
  /** The record is to be settled once more than it would be: something else in it is waited for. */
  hold(slot: LedgerSlot): void;
  settle(slot: LedgerSlot): void;
  /** Everything below this offset is settled: what a crash must not lose begins here. */
  settledBelow(): number;
  /**
   * Gives up what stands behind all that has begun: answers where that is, and never goes back. What has begun is this
   * instance's to answer, whoever owns the partition from now on; so is what it has overtaken, which nobody else will read.
   */
  release(): number;
  /** True when a record is this instance's to answer, whoever owns the partition. */
  keeps(slot: LedgerSlot): boolean;
  /** What may be committed while the partition is owned: {@link settledBelow}, but not less than was released. */
  committable(): number;
  /** The offsets that are settled behind one that is not, as far as that many from the first. */
  settledAhead(offsets: number): readonly number[];
  /** Nothing from this offset on has begun. */
  begunEnd(): number;
  /** Records below this offset may have been executed by an earlier owner. */
  readonly doubtBelow: number;
  /** Records entered and not settled, or settled behind one that is not. */
  size(): number;
}

/** Makes the ledger of a partition that is read from an offset. */
export function createPartitionLedger(position: number, doubtBelow: number = position): PartitionLedger {
  // Only what is not settled is kept: a call may hang for a day, and what is done behind it must not fill the memory.
  let first: Slot | undefined;
  let last: Slot | undefined;
  let entered = 0;
  let next = position;
  let begunUpTo = position;
  let released = position;

  function settledBelow(): number {
    return first?.offset ?? next;
  }

  function unlink(slot: Slot): void {
    if (slot.previous === undefined) first = slot.next;
    else slot.previous.next = slot.next;
    if (slot.next === undefined) last = slot.previous;
    else slot.next.previous = slot.previous;
    // A stream keeps the slot of its call for days: it must not keep those that came after it.
    slot.previous = undefined;
    slot.next = undefined;
  }

  return {
    enter(offset) {
      const slot: Slot = {
        offset,
        begun: false,
        settled: false,
        open: 1,
        number: entered++,
        previous: last,
        next: undefined,
      };
      if (last === undefined) first = slot;
      else last.next = slot;
      last = slot;
      next = offset + 1;
      return slot;
    },
    begin(slot) {
      slot.begun = true;
      begunUpTo = Math.max(begunUpTo, slot.offset + 1);
    },
    hold(slot) {
      slot.open++;
    },
    settle(slot) {
      if (slot.settled || --slot.open > 0) return;
      slot.settled = true;
      unlink(slot as Slot);
    },
    settledBelow,
    release() {
      // What is settled without having begun was refused: a successor may as well refuse it again.
      released = Math.max(released, begunUpTo, settledBelow());
      return released;
    },
    keeps: (slot) => slot.begun || slot.offset < released,
    committable: () => Math.max(released, settledBelow()),
    settledAhead(offsets) {
      const settled: number[] = [];
      const end = Math.min(next, settledBelow() + offsets);
      for (let slot = first; slot !== undefined; slot = slot.next) {
        const until = Math.min(slot.next?.offset ?? end, end);
        for (let offset = slot.offset + 1; offset < until; offset++) settled.push(offset);
      }
      return settled;
    },
    begunEnd: () => begunUpTo,
    doubtBelow,
    size: () => (first === undefined ? 0 : entered - first.number),
  };
}

interface Slot extends LedgerSlot {
  /** How many were entered before it. */
  readonly number: number;
  previous: Slot | undefined;
  next: Slot | undefined;
}
