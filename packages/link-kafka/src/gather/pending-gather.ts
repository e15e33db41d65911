/** One service that was asked as a whole: every instance of it may answer, once. */
import type { CallId, DeadlineEntry, ReplyMessage } from '@trpc-kafka/core/internal';
import type { AwaitedCall, ReplySource } from '../calls/awaited-call.js';

/** An answer's origin. */
export interface AnswerSource extends ReplySource {
  /** The instance's id. */
  readonly instanceId: string;
}

/** Who waits for answers. */
export interface GatherListener {
  /** False when it is none to what was asked. */
  answer(message: ReplyMessage, from: AnswerSource): boolean;
  /** An instance answered what cannot be read. */
  unreadable(error: Error, from: AnswerSource): void;
  /** The time is over. */
  expired(): void;
}

/** What it is made from. */
export interface PendingGatherOptions {
  readonly id: CallId;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** Where instances of this service read: a reply that names another topic is from somewhere else. */
  readonly controlTopic: string;
  readonly listener: GatherListener;
}

/** A question in flight. */
export class PendingGather implements AwaitedCall {
  slot: Set<DeadlineEntry> | undefined = undefined;
  settled = false;
  readonly id: CallId;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  private readonly options: PendingGatherOptions;
  private readonly heard = new Set<string>();

  constructor(options: PendingGatherOptions) {
    this.id = options.id;
    this.timeoutMs = options.timeoutMs;
    this.deadlineMs = options.deadlineMs;
    this.options = options;
  }

  /** How many instances have answered. */
  get answers(): number {
    return this.heard.size;
  }

  message(message: ReplyMessage, source: ReplySource): boolean {
    const from = this.newSource(source);
    if (from === undefined) return false;
    this.heard.add(from.instanceId);
    if (this.options.listener.answer(message, from)) return true;
    this.heard.delete(from.instanceId);
    return false;
  }

  unreadable(error: Error, source: ReplySource): void {
    const from = this.newSource(source);
    if (from === undefined) return;
    this.heard.add(from.instanceId);
    this.options.listener.unreadable(error, from);
  }

  expire(): void {
    if (!this.settled) this.options.listener.expired();
  }

  /** A record may be delivered twice, and an answer with it. */
  private newSource(source: ReplySource): AnswerSource | undefined {
    const { server } = source;
    if (server === undefined || server.topic !== this.options.controlTopic) return undefined;
    return this.heard.has(server.inboxId) ? undefined : { ...source, instanceId: server.inboxId };
  }
}
