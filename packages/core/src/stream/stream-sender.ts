/** The sending end of one stream: numbers what is sent and says when the receiver takes no more. Pure, as its counterpart. */
import type { Credit } from '../protocol/message.js';
import { defaultStreamWindow } from './stream-receiver.js';

/** The sending end of one stream. */
export interface StreamSender {
  /** The number for `started`, an item or the end. */
  nextSeq(): number;
  /** Bytes of items sent so far. */
  sentBytes(): number;
  /** Counts an item that was sent. */
  sent(bytes: number): void;
  /** Takes a grant. Totals that are lower than those in force are old news and change nothing. */
  grant(credit: Credit): void;
  /** True while the receiver takes another item. */
  maySend(): boolean;
}

/** Makes the sending end of a stream with the window its call carried. */
export function createStreamSender(window: Credit = defaultStreamWindow): StreamSender {
  return new StreamSenderImpl(window);
}

/** A class, since a server may have ten thousand of them: methods that all of them share cost each nothing. */
class StreamSenderImpl implements StreamSender {
  private seq = 0;
  private items = 0;
  private bytes = 0;
  /** What the receiver can know of when it grants: a sender that counted its latest item could wait for a grant that waits for it. */
  private bytesBeforeLast = 0;
  private maxItems: number;
  private maxBytes: number;

  constructor(window: Credit) {
    this.maxItems = window.items;
    this.maxBytes = window.bytes;
  }

  nextSeq(): number {
    return this.seq++;
  }

  sentBytes(): number {
    return this.bytes;
  }

  sent(itemBytes: number): void {
    this.items++;
    this.bytesBeforeLast = this.bytes;
    this.bytes += itemBytes;
  }

  grant(credit: Credit): void {
    this.maxItems = Math.max(this.maxItems, credit.items);
    this.maxBytes = Math.max(this.maxBytes, credit.bytes);
  }

  maySend(): boolean {
    return this.items < this.maxItems && this.bytesBeforeLast < this.maxBytes;
  }
}
