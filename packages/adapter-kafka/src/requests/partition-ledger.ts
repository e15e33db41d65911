/** What has become of the records of one partition: the base of every commit. Pure. */

/** A record's place in the ledger. */
export interface LedgerSlot {
  readonly offset: number;
  /** The work in the record has begun: this instance will answer it. */
  begun: boolean;
  settled: boolean;
}

/** The ledger of one partition. Records are entered in offset order. */
export interface PartitionLedger {
  enter(offset: number): LedgerSlot;
  begin(slot: LedgerSlot): void;
  settle(slot: LedgerSlot): void;
  /** Everything below this offset is settled: what a crash must not lose begins here. */
  settledBelow(): number;
  /** Everything below this offset has at least begun. */
  begunBelow(): number;
  /**
   * Gives up what has not begun: answers {@link begunBelow} and never goes back behind it, since what has begun is
   * this instance's to answer, whoever owns the partition from now on.
   */
  release(): number;
  /** What may be committed while the partition is owned: {@link settledBelow}, but not less than was released. */
  committable(): number;
  /** Records below this offset may have been executed by an earlier owner. */
  readonly doubtBelow: number;
  /** Records entered and not settled, or settled behind one that is not. */
  size(): number;
}

/** Makes the ledger of a partition that is read from an offset. */
export function createPartitionLedger(position: number, doubtBelow: number = position): PartitionLedger {
  let slots: LedgerSlot[] = [];
  let head = 0;
  let next = position;
  let released = position;

  function begunBelow(): number {
    for (let i = head; i < slots.length; i++) if (!slots[i]!.begun) return slots[i]!.offset;
    return next;
  }

  function settledBelow(): number {
    return slots[head]?.offset ?? next;
  }

  function forget(): void {
    while (head < slots.length && slots[head]!.settled) head++;
    // Cut only now and then: one copy for many records.
    if (head === slots.length || head > 1024) {
      slots = slots.slice(head);
      head = 0;
    }
  }

  return {
    enter(offset) {
      const slot: LedgerSlot = { offset, begun: false, settled: false };
      slots.push(slot);
      next = offset + 1;
      return slot;
    },
    begin(slot) {
      slot.begun = true;
    },
    settle(slot) {
      slot.begun = true;
      slot.settled = true;
      if (slots[head] === slot) forget();
    },
    settledBelow,
    begunBelow,
    release() {
      released = Math.max(released, begunBelow());
      return released;
    },
    committable: () => Math.max(released, settledBelow()),
    doubtBelow,
    size: () => slots.length - head,
  };
}
