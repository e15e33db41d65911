/**
 * Runs one stream on the server: started, items as long as the receiver takes them, and its end. The order of steps is that of tRPC's ws adapter.
 *
 * An instance may have ten thousand of them open, and most of them wait most of the time. A stream that waits is one object and what
 * `then` needs, not a chain of suspended functions, each with a frame and a promise: hence a class, whose methods all streams share.
 */
import {
  type CallContext,
  type Credit,
  createStreamSender,
  currentCallContext,
  protocolFeatures,
  runInCallContext,
  type StreamSender,
} from '@trpc-kafka/core/internal';
import type { Replier } from '../replies/replier.js';
import type { ClientStreams, StreamLease } from '../streams/client-streams.js';
import { isAbortError } from '../trpc-internals.js';
import { lossReason, serverClosing } from './early-end.js';
import type { OpenStream, ServedCall } from './served-call.js';
import type { SendItem } from './stream-items.js';

/** A call whose resolver has returned what is to be streamed. */
export interface StreamStart {
  readonly call: ServedCall;
  readonly items: AsyncIterator<unknown>;
  readonly send: SendItem;
  readonly progress: { readonly ctx: unknown; readonly input: unknown };
}

/** What all streams of a handler share. */
export interface StreamDesk {
  readonly replier: Replier;
  readonly streams: ClientStreams;
  /** Nothing of the call's stream is left; the iterator's `return` has run. */
  readonly onEnd: (call: ServedCall) => void;
}

/** Streams the result of a call to its end: it is the call's `stream` from now on, until `onEnd`. */
export function startStream(start: StreamStart, desk: StreamDesk): void {
  new StreamSession(start, desk).start();
}

type StreamEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'unsendable' };

class StreamSession implements OpenStream {
  private readonly call: ServedCall;
  private readonly items: AsyncIterator<unknown>;
  private readonly send: SendItem;
  private readonly progress: StreamStart['progress'];
  private readonly desk: StreamDesk;
  private readonly sender: StreamSender;
  private readonly context: CallContext | undefined = currentCallContext();
  /** Absent of a stream that has not started, since its call was aborted before. */
  private lease: StreamLease | undefined = undefined;
  /** True while the receiver takes no more, and nothing is pulled. */
  private isHeldBack = false;
  private isEnding = false;
  /** Made once, and not for each item: what a `next` that waits holds on to. */
  private readonly onNext: (next: IteratorResult<unknown>) => void;
  private readonly onFailure: (error: unknown) => void;

  constructor({ call, items, send, progress }: StreamStart, desk: StreamDesk) {
    this.call = call;
    this.items = items;
    this.send = send;
    this.progress = progress;
    this.desk = desk;
    this.sender = createStreamSender(call.message.credit);
    this.onNext = (next) => this.take(next);
    this.onFailure = (error) => this.fail(error);
  }

  start(): void {
    const { call, desk } = this;
    call.stream = this;
    if (this.isAborted()) {
      void this.end({ kind: 'aborted' });
      return;
    }
    const { id, jsonrpc } = call.message;
    desk.replier.plain(call, {
      kind: 'started',
      id,
      seq: this.sender.nextSeq(),
      features: protocolFeatures,
      ...(jsonrpc === undefined ? {} : { jsonrpc }),
    });
    // From here on the stream may last for days: its record is done with.
    call.settle();
    this.lease = desk.streams.opened(call);
    this.pull();
  }

  grant(credit: Credit): void {
    this.sender.grant(credit);
    if (!this.isHeldBack || !this.sender.maySend()) return;
    this.isHeldBack = false;
    this.inContext(() => this.pull());
  }

  aborted(): void {
    // Not within the abort: whoever listens to the signal is told first, and whoever aborts many streams has done so before the first one ends.
    queueMicrotask(() => this.inContext(() => void this.end({ kind: 'aborted' })));
  }

  /** A generator goes on in the context of whoever calls it: let that be the call's, not that of a control record or a timer. */
  private inContext(run: () => void): void {
    const { context } = this;
    if (context === undefined) run();
    else runInCallContext(() => context, run);
  }

  private isAborted(): boolean {
    return this.call.controller.signal.aborted;
  }

  private pull(): void {
    if (this.isAborted()) return;
    if (!this.sender.maySend()) {
      this.isHeldBack = true;
      return;
    }
    try {
      void Promise.resolve(this.items.next()).then(this.onNext, this.onFailure);
    } catch (error) {
      this.fail(error);
    }
  }

  private take(next: IteratorResult<unknown>): void {
    // What comes after an abort comes too late: the end is on its way.
    if (this.isAborted()) return;
    try {
      if (next.done) void this.end({ kind: 'done' });
      else if (this.sendItem(next.value)) this.pull();
      else void this.end({ kind: 'unsendable' });
    } catch (error) {
      // An iterator that answers with something that is no result.
      this.fail(error);
    }
  }

  private sendItem(value: unknown): boolean {
    const { sender } = this;
    const place = { seq: sender.nextSeq(), sentBytes: sender.sentBytes() };
    const bytes = this.send(this.call, value, place);
    if (bytes === undefined) return false;
    sender.sent(bytes);
    this.lease?.spoke();
    return true;
  }

  /** After a stop nobody waits for an item: what it then fails with is told to `onError`, but for the abort itself. */
  private fail(error: unknown): void {
    if (!this.isAborted()) void this.end({ kind: 'failed', error });
    else if (!isAbortError(error)) this.desk.replier.report(this.call, error, this.progress);
  }

  private async end(end: StreamEnd): Promise<void> {
    if (this.isEnding) return;
    this.isEnding = true;
    this.lease?.leave(this.call);
    if (end.kind !== 'done') this.call.controller.abort();
    await this.dispose();
    this.tell(end);
    this.desk.onEnd(this.call);
  }

  /** Runs the generator's `finally`. What fails there is told to `onError` only: the receiver's stream is over all the same. */
  private async dispose(): Promise<void> {
    try {
      await this.items.return?.();
    } catch (error) {
      this.desk.replier.report(this.call, error, this.progress);
    }
  }

  private tell(end: StreamEnd): void {
    const { call, progress, sender } = this;
    const { replier } = this.desk;
    switch (end.kind) {
      case 'done': {
        const { id, jsonrpc } = call.message;
        replier.plain(call, {
          kind: 'stopped',
          id,
          seq: sender.nextSeq(),
          ...(jsonrpc === undefined ? {} : { jsonrpc }),
        });
        return;
      }
      case 'failed':
        replier.error(call, end.error, { ...progress, seq: sender.nextSeq() });
        return;
      case 'aborted':
        this.tellAborted();
        return;
      case 'unsendable':
        // The error in the item's place was the end of the stream.
        return;
    }
  }

  /** Who cancelled reads no more; who is left behind by a closing server must not take its end for the stream's. */
  private tellAborted(): void {
    const { call, progress, sender } = this;
    const { replier } = this.desk;
    const reason = lossReason(call);
    if (reason !== undefined) {
      replier.plain(call, { kind: 'lost', id: call.message.id, seq: sender.nextSeq(), reason });
    } else if (call.abortReason === 'closing') {
      const seq = this.lease === undefined ? {} : { seq: sender.nextSeq() };
      replier.error(call, serverClosing(undefined), { ...progress, ...seq });
    }
  }
}
