/** The replies of one flush for one inbox, in one record. It takes envelopes until its batch is formed. */
import type { OutgoingRecord, RecordPosition } from '@trpc-kafka/core';
import {
  addresseeHeader,
  type BatchEntry,
  type EncodedEnvelope,
  type EnvelopeCodec,
  formatParts,
  type InboxAddress,
  recordHeader,
  toRecordValue,
} from '@trpc-kafka/core/internal';
import type { ServedCall } from '../calls/served-call.js';

/** Most envelopes in a bundle. */
const maxEnvelopes = 64;
/**
 * What has come to its end is written again so many times; with the driver's 30 s each that is as long as a reply topic
 * keeps records. What still runs, and is held by a lease, is written again as long as it does.
 */
const maxTriesAfterEnd = 20;
/** Most bytes in a bundle of several. */
const maxBundleBytes = 256 * 1024;

/** A reply in a bundle. */
export interface BundledReply {
  readonly envelope: EncodedEnvelope;
  readonly bytes: number;
  /** What is answered; absent of what is for no call. */
  readonly call: ServedCall | undefined;
  /** The reply's number, where it is one of a stream. */
  readonly seq: number | undefined;
  readonly path: string;
  /** True when the record of the call waits until this is written. */
  readonly isOwed: boolean;
}

/** Told of what became of a bundle. */
export interface BundleListener {
  /** The bundle's record is being written: it takes no more envelopes. */
  sealed(bundle: ReplyBundle): void;
  failed(bundle: ReplyBundle, error: Error): void;
}

/** What a bundle is made from. */
export interface ReplyBundleOptions {
  readonly address: InboxAddress;
  readonly codec: EnvelopeCodec;
  /** The `trpc-kafka` header of this server's records in that codec. */
  readonly sender: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly listener: BundleListener;
}

/** A record of replies in the making. */
export class ReplyBundle implements BatchEntry {
  bytes = 256;
  readonly address: InboxAddress;
  readonly codec: EnvelopeCodec;
  readonly replies: BundledReply[] = [];
  /** How often its replies were written in vain before. */
  private tries = 0;
  private readonly options: ReplyBundleOptions;
  private readonly headers: Record<string, string>;
  private readonly listener: BundleListener;

  constructor(options: ReplyBundleOptions) {
    this.options = options;
    this.address = options.address;
    this.codec = options.codec;
    this.headers = {
      ...options.headers,
      [recordHeader]: options.sender,
      [addresseeHeader]: options.address.inboxId,
    };
    this.listener = options.listener;
  }

  /** False when another envelope would make it too large. */
  hasRoomFor(bytes: number): boolean {
    return (
      this.replies.length === 0 ||
      (this.replies.length < maxEnvelopes && this.bytes + bytes <= maxBundleBytes)
    );
  }

  add(reply: BundledReply): void {
    this.replies.push(reply);
    this.bytes += reply.bytes + this.codec.jointBytes;
  }

  /** Each of its replies in a bundle of its own. */
  split(): readonly ReplyBundle[] {
    return this.replies.map((reply) => {
      const alone = new ReplyBundle(this.options);
      alone.add(reply);
      return alone;
    });
  }

  /**
   * A bundle of those replies that their readers wait for without a deadline, to be written again; `undefined` when there
   * are none. The others stay.
   */
  takeLasting(): ReplyBundle | undefined {
    const again = new ReplyBundle(this.options);
    again.tries = this.tries + 1;
    for (const reply of this.replies.splice(0)) (this.isLasting(reply) ? again : this).add(reply);
    return again.replies.length === 0 ? undefined : again;
  }

  private isLasting({ call, seq }: BundledReply): boolean {
    if (call === undefined || seq === undefined || call.abortReason !== undefined) return false;
    return !call.isOver || this.tries < maxTriesAfterEnd;
  }

  toRecord(): OutgoingRecord {
    this.listener.sealed(this);
    const { topic, partition } = this.address;
    const { value, parts } = this.codec.join(this.replies.map(({ envelope }) => envelope));
    if (parts !== undefined) this.headers[recordHeader] = formatParts(this.headers[recordHeader]!, parts);
    return { topic, partition, key: null, value: toRecordValue(value), headers: this.headers };
  }

  delivered(_position: RecordPosition): void {
    for (const { isOwed, call } of this.replies) if (isOwed) call!.replyDone();
  }

  failed(error: Error): void {
    this.listener.failed(this, error);
  }
}
