/**
 * Lets records that an owner which died may have begun go on carefully, so that one of them which kills its instance is found
 * and the others are not taken for it. Each is announced, in the metadata of a commit, before it begins. Those that were
 * never announced before begin together; one that was, and was not seen to end, begins when no other runs.
 * Owns: who begins when. Must not know: what is in a record, how it is carried out.
 */
import type { Tries } from './progress-mark.js';

/** A record in doubt. */
export interface DoubtfulRecord {
  readonly partition: number;
  /** Counted up before it begins. */
  readonly tries: Tries;
  readonly begin: () => void;
}

/** The records in doubt of all partitions of an instance: they share its fate. */
export interface DoubtfulRecords {
  add(record: DoubtfulRecord): void;
  /** It has come to its end. */
  ended(record: DoubtfulRecord): void;
  /** Forgets those of partitions that are lost, or all. */
  drop(isDropped: (record: DoubtfulRecord) => boolean): void;
}

/** What is needed to let them go on. */
export interface DoubtfulRecordsOptions {
  /** Commits the counts. False when that failed: then nothing begins. */
  readonly announce: () => Promise<boolean>;
  /** How many may run together. */
  readonly maxTogether: number;
  /** After this time one that runs alone has killed nobody, and the next begins beside it. @default 10000 */
  readonly aloneMs?: number;
  readonly now?: () => number;
}

/** How long to wait before counts that could not be committed are committed again. */
const announceAgainMs = 500;

/** Makes an empty collection. */
export function createDoubtfulRecords(options: DoubtfulRecordsOptions): DoubtfulRecords {
  return new DoubtfulRecordsImpl(options);
}

class DoubtfulRecordsImpl implements DoubtfulRecords {
  private waiting: DoubtfulRecord[] = [];
  /** Those that run, by when they began. */
  private readonly running = new Map<DoubtfulRecord, number>();
  /** Those whose counts are being committed. */
  private announced: DoubtfulRecord[] | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private readonly options: DoubtfulRecordsOptions;
  private readonly now: () => number;

  constructor(options: DoubtfulRecordsOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
  }

  add(record: DoubtfulRecord): void {
    this.waiting.push(record);
    // Together with the others of the same fetch.
    this.pumpIn(0);
  }

  ended(record: DoubtfulRecord): void {
    if (this.running.delete(record)) this.pump();
  }

  drop(isDropped: (record: DoubtfulRecord) => boolean): void {
    this.waiting = this.waiting.filter((record) => !isDropped(record));
    this.announced = this.announced?.filter((record) => !isDropped(record));
    for (const record of this.running.keys()) if (isDropped(record)) this.running.delete(record);
    if (this.waiting.length === 0) clearTimeout(this.timer);
    this.pump();
  }

  private pump(): void {
    if (this.announced !== undefined || this.waiting.length === 0) return;
    const next = this.next();
    if (next.length > 0) void this.beginAll(next);
    else this.pumpIn(Math.max(1, this.quietInMs()));
  }

  /** Those that may begin now. */
  private next(): DoubtfulRecord[] {
    const isQuiet = this.quietInMs() <= 0;
    const together = this.waiting.filter(({ tries }) => tries.unended === 0);
    if (together.length === 0) return isQuiet ? [leastSuspicious(this.waiting)] : [];
    const suspectRuns = [...this.running.keys()].some(({ tries }) => tries.unended > 1);
    if (suspectRuns && !isQuiet) return [];
    return together.slice(0, Math.max(0, this.options.maxTogether - this.running.size));
  }

  /** When all that run have run long enough not to be suspected. */
  private quietInMs(): number {
    let latest = Number.NEGATIVE_INFINITY;
    for (const began of this.running.values()) latest = Math.max(latest, began);
    return latest + (this.options.aloneMs ?? 10_000) - this.now();
  }

  private async beginAll(records: DoubtfulRecord[]): Promise<void> {
    const chosen = new Set(records);
    this.waiting = this.waiting.filter((record) => !chosen.has(record));
    this.announced = records;
    for (const { tries } of records) count(tries, 1);
    const isKept = await this.options.announce();
    const left = this.announced;
    this.announced = undefined;
    if (!isKept) {
      for (const { tries } of left) count(tries, -1);
      this.waiting.unshift(...left);
      this.pumpIn(announceAgainMs);
      return;
    }
    for (const record of left) this.running.set(record, this.now());
    for (const record of left) record.begin();
    this.pump();
  }

  private pumpIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), ms);
  }
}

function count(tries: Tries, by: 1 | -1): void {
  tries.attempts += by;
  tries.unended += by;
}

/** The others are done, and known to be, before the one that kills is tried again. */
function leastSuspicious(records: readonly DoubtfulRecord[]): DoubtfulRecord {
  return records.reduce((best, record) => (record.tries.unended < best.tries.unended ? record : best));
}
