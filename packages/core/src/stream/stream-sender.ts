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
  let seq = 0;
  let items = 0;
  let bytes = 0;
  /** What the receiver can know of when it grants: a sender that counted its latest item could wait for a grant that waits for it. */
  let bytesBeforeLast = 0;
  let maxItems = window.items;
  let maxBytes = window.bytes;
  return {
    nextSeq: () => seq++,
    sentBytes: () => bytes,
    sent(itemBytes) {
      items++;
      bytesBeforeLast = bytes;
      bytes += itemBytes;
    },
    grant(credit) {
      maxItems = Math.max(maxItems, credit.items);
      maxBytes = Math.max(maxBytes, credit.bytes);
    },
    maySend: () => items < maxItems && bytesBeforeLast < maxBytes,
  };
}
