/** Outcomes in memory: for a time, and no more of them, and no more bytes, than allowed. */
import { encodedBytes } from '@trpc-kafka/core/internal';
import { createAgingQueue } from '../calls/aging-queue.js';
import type { CallIdentity, KeptOutcome, OutcomeMemory } from './outcome.js';

/** How much is remembered. */
export interface OutcomeWindowOptions {
  /** Most outcomes. */
  readonly maxEntries: number;
  /** Most bytes of them, with what they are found by. */
  readonly maxBytes: number;
  readonly now: () => number;
}

/** A window of outcomes. */
export interface OutcomeWindow extends OutcomeMemory {
  find(identity: Pick<CallIdentity, 'call' | 'key'>): KeptOutcome | undefined;
  keep(identity: Pick<CallIdentity, 'call' | 'key'>, outcome: KeptOutcome): void;
  size(): { readonly entries: number; readonly bytes: number };
}

/** What an entry costs beside its texts, in maps and objects. */
const entryBytes = 300;

interface Entry {
  readonly names: readonly string[];
  readonly bytes: number;
  /** `undefined` once it is forgotten. */
  outcome: KeptOutcome | undefined;
}

/**
 * Makes an empty window. Calls with a key and calls without have a place of their own, each of the full size: those
 * without are many, are remembered for seconds, and must not push out the others.
 */
export function createOutcomeWindow(options: OutcomeWindowOptions): OutcomeWindow {
  const keyed = createShelf(options);
  const unkeyed = createShelf(options);
  return {
    find({ call, key }) {
      const found = keyed.find(call) ?? unkeyed.find(call);
      return found ?? (key === undefined ? undefined : keyed.find(key));
    },
    keep({ call, key }, outcome) {
      if (key === undefined) unkeyed.keep([call], outcome);
      else keyed.keep([call, key], outcome);
    },
    size: () => ({
      entries: keyed.entries() + unkeyed.entries(),
      bytes: keyed.bytes() + unkeyed.bytes(),
    }),
  };
}

interface Shelf {
  find(name: string): KeptOutcome | undefined;
  keep(names: readonly string[], outcome: KeptOutcome): void;
  entries(): number;
  bytes(): number;
}

function createShelf({ maxEntries, maxBytes, now }: OutcomeWindowOptions): Shelf {
  const byName = new Map<string, Entry>();
  /** Those that were replaced by a newer one are dropped out of turn. */
  const ages = createAgingQueue<Entry>(({ outcome }) => outcome === undefined);
  let kept = 0;
  let bytes = 0;

  function forget(entry: Entry): void {
    if (entry.outcome === undefined) return;
    entry.outcome = undefined;
    kept--;
    bytes -= entry.bytes;
    for (const name of entry.names) if (byName.get(name) === entry) byName.delete(name);
  }

  /** Those that expire before older ones do wait for these: what they may cost is bounded all the same. */
  function forgetOld(): void {
    const nowMs = now();
    for (let oldest = ages.oldest(); oldest?.outcome !== undefined; oldest = ages.oldest()) {
      const isWithin = kept <= maxEntries && bytes <= maxBytes;
      if (isWithin && oldest.outcome.expiresAtMs > nowMs) return;
      forget(oldest);
    }
  }

  return {
    find(name) {
      const outcome = byName.get(name)?.outcome;
      return outcome === undefined || outcome.expiresAtMs <= now() ? undefined : outcome;
    },
    keep(names, outcome) {
      let size = entryBytes + encodedBytes(outcome.envelope);
      for (const name of names) {
        const before = byName.get(name);
        if (before !== undefined) forget(before);
        size += 2 * name.length;
      }
      const entry: Entry = { names, outcome, bytes: size };
      ages.push(entry);
      kept++;
      bytes += size;
      for (const name of names) byName.set(name, entry);
      forgetOld();
    },
    entries: () => kept,
    bytes: () => bytes,
  };
}
