/** The messages of one stream as they arrive, put in order. Disorder rights itself within moments; a gap that stays is a loss, and never a silent hole. */
import type { RecordPosition } from '@trpc-kafka/core';
import {
  type Credit,
  createStreamReceiver,
  type SequencedMessage,
  type StreamReceiver,
} from '@trpc-kafka/core/internal';

/** How long the messages behind a gap wait for the one that is missing. */
export const maxGapMs = 5000;

/** Whose stream it is. */
export interface StreamOwner<TMessage> {
  /** Takes the next message in order. */
  deliver(message: TMessage, position: RecordPosition): void;
  /** True once nobody wants more of the stream. */
  isOver(): boolean;
  /** Messages of a stream that has started stand behind a gap, or do so no more. Who waits {@link maxGapMs} then calls `lost`. */
  watchGap(hasGap: boolean): void;
  /** A message is lost, by its number: what came after it cannot be put in order. */
  lost(missing: number): void;
}

/** The order of one stream. */
export interface StreamOrder<TMessage> {
  accept(message: TMessage, position: RecordPosition): void;
  /** Counts an item as taken by whoever reads the stream. Answers the credit to grant, when it is time to grant some: more where it was taken as it came. */
  consumed(item: TMessage, keepsUp?: boolean): Credit | undefined;
  /** The credit in force. */
  credit(): Credit;
  /** The number of the message that must come next. */
  nextSeq(): number;
}

/** Makes the order of a stream that has not started. */
export function createStreamOrder<TMessage extends SequencedMessage>(
  owner: StreamOwner<TMessage>,
): StreamOrder<TMessage> {
  return new StreamOrderImpl(owner);
}

/** A class, since a client may have ten thousand of them: methods that all of them share cost each nothing. */
class StreamOrderImpl<TMessage extends SequencedMessage> implements StreamOrder<TMessage> {
  private gapWatched = false;
  private readonly receiver: StreamReceiver<TMessage> = createStreamReceiver();
  private readonly owner: StreamOwner<TMessage>;

  constructor(owner: StreamOwner<TMessage>) {
    this.owner = owner;
  }

  accept(message: TMessage, position: RecordPosition): void {
    const { owner, receiver } = this;
    const ready: TMessage[] = [];
    if (receiver.accept(message, ready) === 'lost') {
      owner.lost(receiver.nextSeq());
      return;
    }
    for (const next of ready) if (!owner.isOver()) owner.deliver(next, position);
    this.watchGap();
  }

  consumed(item: TMessage, keepsUp?: boolean): Credit | undefined {
    return this.receiver.consumed(item, keepsUp);
  }

  credit(): Credit {
    return this.receiver.credit();
  }

  nextSeq(): number {
    return this.receiver.nextSeq();
  }

  private watchGap(): void {
    const { owner, receiver } = this;
    // Before it has started, the deadline of the call counts.
    const hasGap = receiver.nextSeq() > 0 && !owner.isOver() && receiver.hasGap();
    if (hasGap === this.gapWatched) return;
    this.gapWatched = hasGap;
    owner.watchGap(hasGap);
  }
}
