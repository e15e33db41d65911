/**
 * The wait of a fetch that found too little: woken by appends and leader changes, ended by its timeout.
 *
 * Owns: one timer and one registration per partition, all of them released however it ends.
 */
import type { Partition } from '../cluster/partition.js';

export interface DelayedFetchOptions {
  readonly partitions: readonly Partition[];
  readonly maxWaitMs: number;
  /** Looked at whenever one of the partitions was woken. */
  readonly isReady: () => boolean;
  readonly onDisconnect: (gone: () => void) => () => void;
}

/** Resolves when there is something to answer with, or the time is up; false: the client is gone. */
export function awaitRecords(options: DelayedFetchOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (isWanted: boolean): void => {
      clearTimeout(timer);
      for (const release of releases) release();
      resolve(isWanted);
    };
    const check = (): void => {
      if (options.isReady()) finish(true);
    };
    const timer = setTimeout(finish, options.maxWaitMs, true);
    const releases = options.partitions.map((partition) => partition.wait(check));
    releases.push(options.onDisconnect(() => finish(false)));
  });
}
