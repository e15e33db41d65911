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

/**
 * As far as a window grows whose reader takes items as they come. One of 64 small items is empty before a grant is there;
 * the bytes stay what they are, and so does what both sides keep at most.
 */
const mostItems = 1024;

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
  /**
   * Counts an item as taken by whoever reads the stream. Answers the credit to grant, when it is time to grant some.
   * `keepsUp`: it was taken as it came, so that more of them may be on their way.
   */
  consumed(item: TMessage, keepsUp?: boolean): Credit | undefined;
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
  return new StreamReceiverImpl<TMessage>(window);
}

/** A class, as its counterpart: a client may have ten thousand of them. */
class StreamReceiverImpl<TMessage extends SequencedMessage> implements StreamReceiver<TMessage> {
  /** What stands behind a gap. Hardly any stream ever has one. */
  private waiting: Map<number, TMessage> | undefined = undefined;
  private next = 0;
  private consumedItems = 0;
  private consumedBytes = 0;
  private granted: Credit;
  private window: StreamWindow;

  constructor(window: StreamWindow) {
    this.window = window;
    this.granted = window;
  }

  accept(message: TMessage, ready: TMessage[]): StreamArrival {
    if (message.seq < this.next || this.waiting?.has(message.seq)) return 'repeated';
    if (message.seq > this.next) return this.keep(message);
    ready.push(message);
    this.next++;
    if (this.waiting !== undefined) this.release(this.waiting, ready);
    return 'taken';
  }

  hasGap(): boolean {
    return this.waiting !== undefined;
  }

  nextSeq(): number {
    return this.next;
  }

  consumed(item: TMessage, keepsUp = false): Credit | undefined {
    this.consumedItems++;
    // A sender tells the bytes before an item, so the latest item's own bytes are granted with the next one.
    this.consumedBytes = Math.max(this.consumedBytes, item.sentBytes ?? 0);
    const itemsLeft = this.granted.items - this.consumedItems;
    const bytesLeft = this.granted.bytes - this.consumedBytes;
    if (itemsLeft > this.window.items / 2 && bytesLeft > this.window.bytes / 2) return undefined;
    if (keepsUp) this.widen();
    const { window } = this;
    this.granted = {
      items: this.consumedItems + window.items,
      bytes: this.consumedBytes + window.bytes,
    };
    return this.granted;
  }

  credit(): Credit {
    return this.granted;
  }

  private widen(): void {
    const { items, bytes } = this.window;
    if (items < mostItems) this.window = { items: Math.min(2 * items, mostItems), bytes };
  }

  private keep(message: TMessage): StreamArrival {
    this.waiting ??= new Map();
    if (this.waiting.size >= maxDisorder) return 'lost';
    this.waiting.set(message.seq, message);
    return 'taken';
  }

  /** Moves on what is in order now. */
  private release(waiting: Map<number, TMessage>, ready: TMessage[]): void {
    for (let message = waiting.get(this.next); message !== undefined; message = waiting.get(this.next)) {
      waiting.delete(this.next);
      ready.push(message);
      this.next++;
    }
    if (waiting.size === 0) this.waiting = undefined;
  }
}
