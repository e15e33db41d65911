/** What the marks in one partition of the dead-letter topic say: which letters were replayed, and who is about to. Pure. */
import type { IncomingRecord, RecordPosition } from '../driver/record.js';
import { lastHeader } from '../driver/record.js';
import { parseRecordPlace, parseReplayMark } from '../protocol/dead-letter-header.js';
import { replayMarkHeader } from '../protocol/header-names.js';

/** A run that is about to replay a letter, or died while it did. */
export interface Claim {
  readonly run: string;
  readonly atMs: number;
}

/** The marks of one partition, taken in in their order. */
export interface ReplayBook {
  /** True when the record was a mark. */
  take(record: IncomingRecord): boolean;
  /** Where a letter's replay stands. */
  replayedTo(letter: number): RecordPosition | undefined;
  /** Who has a letter that is not replayed. */
  claimOf(letter: number): Claim | undefined;
}

/** Makes an empty book. Of two claims the first counts, unless its run had so long to be done with it. */
export function createReplayBook(claimMs: number): ReplayBook {
  const done = new Map<number, RecordPosition>();
  const claims = new Map<number, Claim>();
  return {
    take(record) {
      const text = lastHeader(record.headers, replayMarkHeader);
      if (text === undefined) return false;
      const mark = parseReplayMark(text.toString());
      if (mark === undefined) return true; // Of a later version: nothing that is known here.
      const { kind, run, letter, to } = mark;
      if (kind === 'done') {
        done.set(letter, (to === undefined ? undefined : parseRecordPlace(to)) ?? record);
        claims.delete(letter);
        return true;
      }
      const before = claims.get(letter);
      const isFree =
        before === undefined || before.run === run || record.timestampMs - before.atMs >= claimMs;
      if (isFree) claims.set(letter, { run, atMs: record.timestampMs });
      return true;
    },
    replayedTo: (letter) => done.get(letter),
    claimOf: (letter) => claims.get(letter),
  };
}
