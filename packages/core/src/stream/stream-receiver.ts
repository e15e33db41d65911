/**
 * Stream: the order and the flow control of one stream, as pure state machines for both ends.
 * Owns: sequence numbers, repeats, gaps, credit. Must not know: clocks, timers, sockets, Kafka, what an item is.
 */
import type { Credit } from '../protocol/message.js';

/** How much a receiver lets a sender send ahead. */
export interface StreamWindow {
  readonly items: number;
  readonly bytes: number;
}

/** The window a call carries when nothing else is said. */
export const defaultStreamWindow: StreamWindow = { items: 64, bytes: 256 * 1024 };

/** What became of a message that was offered. */
export type StreamArrival = 'taken' | 'repeated' | 'lost';

/** The receiving end of one stream. */
export interface StreamReceiver<TMessage extends SequencedMessage> {
  /**
   * Takes a message. Those that are now in order are appended to `ready`, which the caller empties.
   * `lost`: too many messages stand behind a gap for it to be mere disorder.
   */
  accept(message: TMessage, ready: TMessage[]): StreamArrival;
  /** True while messages wait behind one that has not come. A gap that stays is a lost stream. */
  hasGap(): boolean;
  /** The number of the message that must come next. */
  nextSeq(): number;
  /** Counts an item as handed to the subscriber. Answers the credit to grant, when it is time to grant some. */
  consumed(item: TMessage): Credit | undefined;
  /** The credit in force, for repeating it. */
  credit(): Credit;
}

/** A message of a stream: `started` is 0, items count from 1, the end is one after the last item. */
export interface SequencedMessage {
  readonly seq: number;
  /** Bytes of the items sent before this one. */
  readonly sentBytes?: number;
}

/** Most messages kept behind a gap. */
const maxDisorder = 64;

/** Makes the receiving end of a stream. */
export function createStreamReceiver<TMessage extends SequencedMessage>(
  window: StreamWindow = defaultStreamWindow,
): StreamReceiver<TMessage> {
  const waiting = new Map<number, TMessage>();
  let next = 0;
  let consumedItems = 0;
  let consumedBytes = 0;
  let granted: Credit = { items: window.items, bytes: window.bytes };

  return {
    accept(message, ready) {
      if (message.seq < next || waiting.has(message.seq)) return 'repeated';
      if (message.seq > next) {
        if (waiting.size >= maxDisorder) return 'lost';
        waiting.set(message.seq, message);
        return 'taken';
      }
      let inOrder: TMessage | undefined = message;
      while (inOrder !== undefined) {
        ready.push(inOrder);
        next++;
        if (waiting.size === 0) break;
        inOrder = waiting.get(next);
        waiting.delete(next);
      }
      return 'taken';
    },
    hasGap: () => waiting.size > 0,
    nextSeq: () => next,
    consumed(item) {
      consumedItems++;
      // A sender tells the bytes before an item, so the latest item's own bytes are granted with the next one.
      consumedBytes = Math.max(consumedBytes, item.sentBytes ?? 0);
      const itemsLeft = granted.items - consumedItems;
      const bytesLeft = granted.bytes - consumedBytes;
      if (itemsLeft > window.items / 2 && bytesLeft > window.bytes / 2) return undefined;
      granted = { items: consumedItems + window.items, bytes: consumedBytes + window.bytes };
      return granted;
    },
    credit: () => granted,
  };
}
