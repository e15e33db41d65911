/** What may wait under an id: a call with one outcome, or one that many servers answer. */
import type { RecordPosition } from '@trpc-kafka/core';
import type { CallId, DeadlineEntry, InboxAddress, ReplyMessage } from '@trpc-kafka/core/internal';

/** Where a reply came from. */
export interface ReplySource {
  readonly position: RecordPosition;
  /** The control inbox of the server. */
  readonly server: InboxAddress | undefined;
}

/** A row of the table of pending calls. */
export interface AwaitedCall extends DeadlineEntry {
  readonly id: CallId;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** True once nothing is awaited any more. */
  settled: boolean;
  /** Takes what a server answered. False when it waits for no such thing. */
  message(message: ReplyMessage, source: ReplySource): boolean;
  /** What a server answered cannot be read. */
  unreadable(error: Error, source: ReplySource): void;
}
