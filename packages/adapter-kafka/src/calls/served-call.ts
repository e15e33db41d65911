/** One call on the server: what was asked, by whom, and how it ends. */
import type { CallMessage, Credit, DeadlineEntry } from '@trpc-kafka/core/internal';
import type { FreshOutcome } from '../duplicates/outcome.js';
import type { KafkaRequest } from '../options.js';
import type { ReplyTarget } from '../replies/reply-target.js';
import type { QueuePlace } from './call-queue.js';
import type { LaneTicket } from './lane-ticket.js';

/** Why a call's signal was aborted. `refused`: brokers refuse a reply for its size. `unwritten`: a reply was not written for another reason. */
export type AbortReason = 'cancelled' | 'deadline' | 'closing' | 'client-lost' | 'refused' | 'unwritten';

/** The stream a call has become. */
export interface OpenStream {
  /** The receiver takes more. */
  grant(credit: Credit): void;
  /** The resolver's signal was aborted. */
  aborted(): void;
}

/** Who runs the call. One for all calls, so that none of them needs functions of its own. */
export interface CallHolder {
  /** The call's place among the running ones may go to another: it is done, or has become a stream. May be told twice. */
  released(call: ServedCall): void;
  /** Nothing of the call is left, also of the stream that it became. May be told twice. */
  ended(call: ServedCall): void;
  /** The call's deadline has passed while it waited. */
  expired(call: ServedCall): void;
  /** The last reply that the call's record waited for is written, or given up. */
  written(call: ServedCall): void;
}

/** What becomes of the record a call came in. */
interface CallRecord {
  /**
   * True once the call is this instance's to answer, whoever owns the partition: when one of the same record has begun,
   * which is committed as a whole, or one behind it, which the commit stands behind. @default never
   */
  readonly isKept?: () => boolean;
  /** Called once, when the record may count as begun. */
  readonly onBegun: () => void;
  /**
   * Called once, when the record need not be read again, whatever becomes of this instance: nothing is left to do for the
   * call, or its stream has started, and brokers have what was sent of that.
   */
  readonly onSettled: () => void;
}

/** What a served call is made from. */
export interface ServedCallOptions extends CallRecord {
  readonly message: CallMessage;
  readonly req: KafkaRequest;
  /** `undefined` for one-way calls. */
  readonly replyTo: ReplyTarget | undefined;
  readonly deadlineMs: number | undefined;
  readonly batchIndex: number;
  readonly isBatchCall: boolean;
  /** What it takes in memory, roughly: its share of the record. @default 0 */
  readonly bytes?: number;
}

/** A call being served. One that has become a stream may last for days: it lets go of everything that it no longer needs. */
export class ServedCall implements DeadlineEntry {
  slot: Set<DeadlineEntry> | undefined = undefined;
  readonly message: CallMessage;
  /** Replaced when a call is tried again. */
  req: KafkaRequest;
  readonly replyTo: ReplyTarget | undefined;
  readonly deadlineMs: number | undefined;
  readonly batchIndex: number;
  readonly isBatchCall: boolean;
  readonly bytes: number;
  /** Unique over all callers: an id is unique only among those of one instance. */
  readonly key: string;
  readonly controller: AbortController = new AbortController();
  /** Why the signal was aborted, if it was. */
  abortReason: AbortReason | undefined = undefined;
  /** The stream that the call has become, until that ends. */
  stream: OpenStream | undefined = undefined;
  /** Where it waits, while it does. */
  place: QueuePlace<ServedCall> | undefined = undefined;
  /** Those that it shares with calls it must not run beside. */
  lanes: LaneTicket | undefined = undefined;
  /** Who decides when it runs. */
  holder: CallHolder | undefined = undefined;
  /** Told of the outcome before it is sent, where it is to be remembered. Does not throw. */
  keepOutcome: ((outcome: FreshOutcome) => void | Promise<void>) | undefined = undefined;
  /** Until this resolves the outcome may be lost with the instance: the call is not done before. Never rejects. */
  outcomeKept: Promise<void> | undefined = undefined;
  /** True once its resolver, or the stream that came of it, has come to its end. */
  isOver = false;
  /** True once its caller was told in another way that a reply could not be written. */
  isReplyLost = false;
  /** True when nothing is left to be done for it, or when its stream has started: the replies to it may be on their way. */
  isSettled = false;
  /** Replies that its record waits for: with those, and with what runs, it would be lost. */
  private repliesOwed = 0;
  private begun = false;
  /** The same call, read again while this one waits or runs. */
  private repeats: ServedCall[] | undefined = undefined;
  /** `undefined` once the call is settled, and its replies are written: then the record is nothing to it any more. */
  private record: CallRecord | undefined;

  constructor(options: ServedCallOptions) {
    this.message = options.message;
    this.req = options.req;
    this.replyTo = options.replyTo;
    this.deadlineMs = options.deadlineMs;
    this.batchIndex = options.batchIndex;
    this.isBatchCall = options.isBatchCall;
    this.bytes = options.bytes ?? 0;
    this.key = callKey(options.req.from, options.message.id);
    this.record = options;
  }

  /** True when this instance has to answer the call even where another may read its record. */
  isKept(): boolean {
    return this.record?.isKept?.() ?? false;
  }

  /** True when its caller waits no more. */
  get isGivenUp(): boolean {
    return this.abortReason === 'cancelled' || this.abortReason === 'deadline';
  }

  /** True while its record is not to be committed. */
  get isOpen(): boolean {
    return this.record !== undefined;
  }

  begin(): void {
    this.begun = true;
    this.record?.onBegun();
    for (const repeat of this.repeats ?? []) repeat.begin();
  }

  /** Nothing is left to be done for it but to write what was sent, which its record waits for; its place does not. */
  settle(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    if (this.repliesOwed === 0) this.letGoOfRecord();
    this.holder?.released(this);
  }

  private letGoOfRecord(): void {
    const { record } = this;
    this.record = undefined;
    record?.onSettled();
    for (const repeat of this.takeRepeats()) repeat.settle();
  }

  /**
   * True of a reply that its record waits for: what a call came to, or that its stream has started. Items are not waited
   * for: a stream that is lost with this instance goes on elsewhere, or ends, without its record.
   */
  owes(seq: number | undefined): boolean {
    return this.isOpen && (seq === undefined || !this.isSettled);
  }

  /** A reply that it {@link owes} was taken. */
  replyTaken(): void {
    this.repliesOwed++;
  }

  /** The same is written, or will never be. */
  replyDone(): void {
    if (--this.repliesOwed > 0 || !this.isSettled || !this.isOpen) return;
    this.letGoOfRecord();
    this.holder?.written(this);
  }

  /** The call, or the stream that came of it, has come to its end. */
  end(): void {
    this.isOver = true;
    this.stream = undefined;
    this.settle();
    this.holder?.ended(this);
  }

  /** Lets a call that is the same share the fate of this one: it is done when this one is, and not before. */
  repeatedBy(call: ServedCall): void {
    if (this.begun) call.begin();
    if (this.record === undefined) call.settle();
    else if (this.repeats === undefined) this.repeats = [call];
    else this.repeats.push(call);
  }

  /** True when the commit of the other's partition stands before that one until this one is done: it need not be remembered. */
  holdsBack(other: ServedCall): boolean {
    return this.standsBefore(other) || (this.repeats?.some((repeat) => repeat.standsBefore(other)) ?? false);
  }

  private standsBefore({ req: { partition, offset }, record }: ServedCall): boolean {
    const { req } = this;
    // Calls that came in one record share what it waits for; the same record, read again, does not wait for the first time.
    return (
      req.partition === partition && (req.offset < offset || this.record?.onSettled === record?.onSettled)
    );
  }

  /** Hands out those that share this call's fate, when it has none. */
  takeRepeats(): readonly ServedCall[] {
    const { repeats = [] } = this;
    this.repeats = undefined;
    return repeats;
  }

  /** Aborts the resolver's signal; the first reason stays. */
  abort(reason: AbortReason): void {
    if (this.abortReason !== undefined) return;
    this.abortReason = reason;
    this.controller.abort();
    this.stream?.aborted();
  }

  expire(): void {
    // Nobody waits for the replies that are on their way.
    if (this.isSettled) this.letGoOfRecord();
    else if (this.place === undefined) this.abort('deadline');
    else this.holder?.expired(this);
  }
}

/** Names a call among those of all callers. */
export function callKey(from: string, id: number | string): string {
  return `${from}:${id}`;
}
