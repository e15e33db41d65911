/** The part of the driver seam that reads one partition without a consumer group: no join, no rebalance, no commit. */
import type { FetchedRecords } from './record.js';

/** How an inbox is read. */
export interface InboxConsumerOptions {
  readonly topic: string;
  readonly partition: number;
  /** Where to begin: at the end as it is now, at the first record not older than a time, or at an offset. */
  readonly from: InboxStart;
  /** Receives records in order. Called synchronously from the fetch loop and never awaited. */
  readonly onRecords: (records: FetchedRecords) => void;
  /** Asked when the next offset is gone (retention, topic made anew): the time, in ms since 1970, to go on from. */
  readonly resumeFromTimeMs: () => number;
  /** Longest time a fetch waits at the broker. @default 300 */
  readonly maxWaitTimeMs?: number;
}

/** Where an inbox begins. */
export type InboxStart =
  | { readonly at: 'end' }
  | { readonly at: 'time'; readonly timestampMs: number }
  | { readonly at: 'offset'; readonly offset: number };

/** A partition being read without a group. It goes on from its own next offset over every failure until closed. */
export interface InboxConsumer {
  /** Resolves with the first offset once it is known; rejects when the topic or partition does not exist. Keeps trying while brokers are away. */
  readonly ready: Promise<number>;
  /** The next offset to read, `undefined` before `ready`. */
  position(): number | undefined;
  /** True when everything the brokers had at the last fetch was delivered, that fetch succeeded, and the answer to the next one is not overdue. */
  isCaughtUp(): boolean;
  /** Resolves when no more records will be delivered. */
  close(): Promise<void>;
}
