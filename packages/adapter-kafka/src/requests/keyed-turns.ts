/** Keeps records of one key in their order while something is asked about each, which may take longer for one than for the next. */
import type { IncomingRecord } from '@trpc-kafka/core';

/** The turns of records. */
export interface KeyedTurns {
  /** What those before a record, with its key, still wait for; `undefined` when it may go on at once. */
  before(record: IncomingRecord): Promise<void> | undefined;
  /** A record goes on when this is resolved, and those behind it after that. It must not reject. */
  hold(record: IncomingRecord, until: Promise<void>): void;
}

/** Makes turns that nobody waits for. */
export function createKeyedTurns(): KeyedTurns {
  /** The last of each key that waits for something. */
  const last = new Map<string, Promise<void>>();
  return {
    before: (record) =>
      // Hardly ever does anybody wait: then a key costs nothing.
      last.size === 0 || record.key === null ? undefined : last.get(nameOf(record, record.key)),
    hold(record, until) {
      if (record.key === null) return;
      const name = nameOf(record, record.key);
      last.set(name, until);
      void until.then(() => {
        if (last.get(name) === until) last.delete(name);
      });
    },
  };
}

function nameOf({ partition }: IncomingRecord, key: Buffer): string {
  return `${partition}:${key.toString('latin1')}`;
}
