/** One call on the server: what was asked, by whom, and how it ends. */
import type { CallMessage, DeadlineEntry } from '@trpc-kafka/core/internal';
import type { KafkaRequest } from '../options.js';
import type { ReplyTarget } from '../replies/reply-target.js';

/** Why a call's signal was aborted. `refused`: brokers refuse a reply for its size. `unwritten`: a reply was not written for another reason. */
export type AbortReason = 'cancelled' | 'deadline' | 'closing' | 'client-lost' | 'refused' | 'unwritten';

/** What a served call is made from. */
export interface ServedCallOptions {
  readonly message: CallMessage;
  readonly req: KafkaRequest;
  /** `undefined` for one-way calls. */
  readonly replyTo: ReplyTarget | undefined;
  readonly deadlineMs: number | undefined;
  readonly batchIndex: number;
  readonly isBatchCall: boolean;
  /**
   * True once a call of the same record has begun. A record is committed as a whole, so that all its calls are this
   * instance's to answer from then on, whoever owns the partition. @default never
   */
  readonly recordBegun?: () => boolean;
  /** Called once, when the record may count as begun. */
  readonly onBegun: () => void;
  /** Called once, when nothing is left to do for the call, or when a subscription has started. */
  readonly onSettled: () => void;
}

/** A call being served. */
export class ServedCall implements DeadlineEntry {
  slot: Set<DeadlineEntry> | undefined = undefined;
  readonly message: CallMessage;
  /** Replaced when a one-way call is tried again. */
  req: KafkaRequest;
  readonly replyTo: ReplyTarget | undefined;
  readonly deadlineMs: number | undefined;
  readonly batchIndex: number;
  readonly isBatchCall: boolean;
  /** Unique over all callers: an id is unique only among those of one instance. */
  readonly key: string;
  readonly controller: AbortController = new AbortController();
  /** Why the signal was aborted, if it was. */
  abortReason: AbortReason | undefined = undefined;
  /** Takes more credit, once the call has become a stream. */
  onCredit: ((credit: { items: number; bytes: number }) => void) | undefined = undefined;
  /** Gives the call's place among the running ones to another: when it is done, or has become a stream. */
  onReleased: (() => void) | undefined = undefined;
  /** True once its resolver, or the stream that came of it, has come to its end. */
  isOver = false;
  /** True once its caller was told in another way that a reply could not be written. */
  isReplyLost = false;
  private begun = false;
  private settled = false;
  /** The same call, read again while this one waits or runs. */
  private repeats: ServedCall[] = [];
  private readonly askRecordBegun: (() => boolean) | undefined;
  private readonly onBegun: () => void;
  private readonly onSettled: () => void;

  constructor(options: ServedCallOptions) {
    this.message = options.message;
    this.req = options.req;
    this.replyTo = options.replyTo;
    this.deadlineMs = options.deadlineMs;
    this.batchIndex = options.batchIndex;
    this.isBatchCall = options.isBatchCall;
    this.key = callKey(options.req.from, options.message.id);
    this.askRecordBegun = options.recordBegun;
    this.onBegun = options.onBegun;
    this.onSettled = options.onSettled;
  }

  /** True when this instance has to answer the call even where another may read its record. */
  recordBegun(): boolean {
    return this.askRecordBegun?.() ?? false;
  }

  /** True when nothing is left to be done for it, or when its stream has started. */
  get isSettled(): boolean {
    return this.settled;
  }

  begin(): void {
    this.begun = true;
    this.onBegun();
    for (const repeat of this.repeats) repeat.begin();
  }

  settle(): void {
    if (this.settled) return;
    this.settled = true;
    this.onSettled();
    this.onReleased?.();
    for (const repeat of this.takeRepeats()) repeat.settle();
  }

  /** Lets a call that is the same share the fate of this one: it is done when this one is, and not before. */
  repeatedBy(call: ServedCall): void {
    if (this.begun) call.begin();
    if (this.settled) call.settle();
    else this.repeats.push(call);
  }

  /** Hands out those that share this call's fate, when it has none. */
  takeRepeats(): readonly ServedCall[] {
    const { repeats } = this;
    this.repeats = [];
    return repeats;
  }

  /** Aborts the resolver's signal; the first reason stays. */
  abort(reason: AbortReason): void {
    if (this.abortReason !== undefined) return;
    this.abortReason = reason;
    this.controller.abort();
  }

  expire(): void {
    this.abort('deadline');
  }
}

/** Names a call among those of all callers. */
export function callKey(from: string, id: number | string): string {
  return `${from}:${id}`;
}
