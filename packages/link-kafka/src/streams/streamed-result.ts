/** One streamed result on the client: its chunks in order, its parts as they are read, and everything that can end it. */
import { TRPCClientError } from '@trpc/client';
import type { RecordPosition } from '@trpc-kafka/core';
import type {
  ChunkMessage,
  ErrorMessage,
  LostMessage,
  StartedMessage,
  StoppedMessage,
} from '@trpc-kafka/core/internal';
import { clientClosed } from '../calls/call-errors.js';
import type { PendingCall } from '../calls/pending-call.js';
import type { StartedCall } from '../calls/started-call.js';
import type { ClientRuntime } from '../client/client-runtime.js';
import type { OperationError } from '../operations/operation.js';
import {
  answeredError,
  errorOfShape,
  type KafkaReplyMeta,
  metaOf,
  readError,
  unreadable,
} from '../operations/transform-response.js';
import { type CombinedTransformer, jsonlStreamConsumer } from '../trpc-internals.js';
import { type ChunkFeed, createChunkFeed } from './chunk-feed.js';
import { createResultParts, type PartsOwner } from './result-parts.js';
import {
  idleTimeout,
  incompleteResult,
  lostStream,
  serverLeft,
  serverSilent,
  unaskedChunk,
} from './stream-errors.js';
import { createStreamOrder, maxGapMs, type StreamOrder, type StreamOwner } from './stream-order.js';

/** A message of a streamed result. */
export type ResultMessage =
  | StartedMessage
  | ChunkMessage
  | StoppedMessage
  | (ErrorMessage & { seq: number })
  | LostMessage;

/** The call, and who waits for its result. */
export interface StreamedResultOptions {
  readonly call: PendingCall;
  readonly started: StartedCall;
  readonly transformer: CombinedTransformer;
  readonly runtime: Pick<ClientRuntime, 'isClosing' | 'onClosing' | 'counters' | 'streamLimit'>;
  /** Whatever ends it when it aborts. */
  readonly signals: readonly AbortSignal[];
  /** How long who waits for a part waits for the next chunk. */
  readonly idleTimeoutMs: number;
  /** The head is here: the result, whose parts come later. It is the outcome of the call, which lives on for them. */
  readonly onHead: (data: unknown, meta: KafkaReplyMeta) => void;
  /** The call failed before it had a head. */
  readonly onFailed: (error: OperationError) => void;
}

/** A streamed result. */
export interface StreamedResult {
  message(message: ResultMessage, position: RecordPosition): void;
  /** The call failed in another way; it is settled already. */
  fail(error: Error): void;
  /** The result is here, as far as it is known without its parts: the call has its outcome. */
  readonly hasHead: boolean;
  /** Nobody waits for the head any more: the call was given up, or has got another outcome. Once it is here, whoever has the parts decides. */
  leave(): void;
}

/** Makes a streamed result of which nothing has come. */
export function createStreamedResult(options: StreamedResultOptions): StreamedResult {
  return new StreamedResultImpl(options);
}

class StreamedResultImpl implements StreamedResult, StreamOwner<ResultMessage>, PartsOwner {
  private readonly order: StreamOrder<ResultMessage> = createStreamOrder<ResultMessage>(this);
  private readonly feed: ChunkFeed;
  private readonly options: StreamedResultOptions;
  private meta: KafkaReplyMeta | undefined = undefined;
  hasHead = false;
  private hasGap = false;
  private isStarving = false;
  private isRead = false;
  private isLeft = false;
  /** What ended the result before all of it was read. */
  private failure: OperationError | undefined = undefined;
  private readonly cleanUps: (() => void)[] = [];

  constructor(options: StreamedResultOptions) {
    this.options = options;
    this.feed = createChunkFeed({
      onFed: (chunk) => this.fed(chunk),
      onStarving: (isStarving) => {
        this.isStarving = isStarving;
        this.setClock();
      },
    });
  }

  message(message: ResultMessage, position: RecordPosition): void {
    this.order.accept(message, position);
  }

  fail(error: Error): void {
    if (this.failure === undefined) this.feed.fail(this.failWith(error));
  }

  leave(): void {
    if (this.hasHead) return;
    this.isLeft = true;
    this.abandon(aborted());
  }

  // What the order of the stream tells.

  deliver(message: ResultMessage, position: RecordPosition): void {
    switch (message.kind) {
      case 'started':
        this.begin(message, metaOf(position));
        return;
      case 'chunk':
        if (message.seq <= this.order.credit().items) this.feed.push(message);
        else this.abandon(unaskedChunk(this.options.call));
        return;
      case 'error':
        this.end(() => readError(message, this.options.transformer, metaOf(position)));
        return;
      case 'stopped':
        this.end(() => incompleteResult(this.options.call));
        return;
      case 'lost':
        this.end(() => answeredError(serverLeft(this.options.call, message.reason), metaOf(position)));
        return;
    }
  }

  isOver(): boolean {
    return this.options.call.settled;
  }

  watchGap(hasGap: boolean): void {
    this.hasGap = hasGap;
    this.setClock();
  }

  lost(missing: number): void {
    this.lose(() => lostStream(this.options.call, missing));
  }

  // What the parts of the result tell.

  want(): () => void {
    return this.feed.want();
  }

  errorOf(cause: unknown): Error {
    return this.failure ?? toClientError(cause, this.meta);
  }

  done(left: boolean): void {
    if (left) {
      this.abandon(aborted());
      return;
    }
    // All of it was read, and the server is about to say that there is no more.
    this.isRead = true;
    this.setClock();
  }

  forgotten(): void {
    this.abandon(aborted());
  }

  private begin({ features }: StartedMessage, meta: KafkaReplyMeta): void {
    this.meta = meta;
    const { call, started, runtime } = this.options;
    const refusal = runtime.streamLimit.enter(call);
    if (refusal !== undefined) {
      this.abandon(refusal);
      return;
    }
    this.cleanUps.push(() => runtime.streamLimit.leave());
    if (features.includes('lease')) {
      started.lease({
        silent: (silentMs) => this.lose(() => serverSilent(call, silentMs)),
        // What was begun there is given the time to come to its end there.
        goAway() {},
      });
    }
    // A client that closes waits for its calls, but not for what comes after their heads.
    this.cleanUps.push(runtime.onClosing(() => this.hasHead && this.close()));
    void this.readHead(meta);
  }

  private async readHead(meta: KafkaReplyMeta): Promise<void> {
    const wantNoMore = this.feed.want();
    try {
      const [head] = await jsonlStreamConsumer<{ data?: unknown }>({
        from: this.feed.lines,
        deserialize: (line: unknown): unknown => this.options.transformer.output.deserialize(line),
        formatError: ({ error }) => errorOfShape(error, meta),
        onError: ({ error }) => this.abandon(toClientError(error, meta)),
        // Its own count of listeners does not know of parts that nobody has begun to read.
        abortController: new AbortController(),
      });
      if (this.failure !== undefined) return;
      if (typeof head !== 'object' || !Object.hasOwn(head, 'data'))
        throw new Error('the first line has no data');
      this.head(head.data, meta);
    } catch (cause) {
      this.abandon(toClientError(cause, meta));
    } finally {
      wantNoMore();
    }
  }

  private head(data: unknown, meta: KafkaReplyMeta): void {
    this.hasHead = true;
    this.options.started.begun();
    this.setClock();
    this.listenToSignal();
    this.options.onHead(createResultParts(this).wrapHead(data), meta);
    if (this.options.runtime.isClosing()) this.close();
  }

  private listenToSignal(): void {
    const { signals, call } = this.options;
    for (const signal of signals) {
      if (call.settled) return;
      const onAbort = (): void => this.abandon(aborted(signal.reason));
      signal.addEventListener('abort', onAbort, { once: true });
      this.cleanUps.push(() => signal.removeEventListener('abort', onAbort));
      if (signal.aborted) onAbort();
    }
  }

  private fed(chunk: ChunkMessage): void {
    const credit = this.order.consumed(chunk);
    if (credit !== undefined && !this.isOver()) this.options.started.grant(credit);
  }

  /** The server sends no more: what has come may be read, and who then still waits gets the error. */
  private end(error: () => Error): void {
    this.options.started.settle();
    this.cleanUp();
    // Without a start nobody reads the feed.
    if (this.meta === undefined) this.fail(error());
    this.feed.end(() => this.failWith(error()));
  }

  private failWith(error: Error): OperationError {
    if (this.failure !== undefined) return this.failure;
    this.failure = TRPCClientError.from(error);
    this.cleanUp();
    if (!this.hasHead && !this.isLeft) this.options.onFailed(this.failure);
    return this.failure;
  }

  /** No more will come: what has come is whole, and may be read. */
  private lose(error: () => Error): void {
    this.options.started.abandon();
    this.end(error);
  }

  /** Ends the result now, and tells the server. */
  private abandon(error: Error): void {
    this.options.started.abandon();
    this.fail(error);
  }

  private close(): void {
    const { type, path } = this.options.call;
    if (!this.isOver()) this.abandon(clientClosed(`the result of ${type} ${path} was not read to its end`));
  }

  /** After the head, time counts only while somebody waits for what has not come: a slow reader has all the time it takes. */
  private setClock(): void {
    if (!this.hasHead || this.isOver()) return;
    const { started, idleTimeoutMs } = this.options;
    if (this.hasGap) started.watch(maxGapMs, () => this.lost(this.order.nextSeq()));
    else if (this.isRead) started.watch(idleTimeoutMs, () => this.end(aborted));
    else if (this.isStarving) started.watch(idleTimeoutMs, () => this.idle());
    else started.unwatch();
  }

  private idle(): void {
    const { call, runtime, idleTimeoutMs } = this.options;
    runtime.counters.add('timeouts');
    this.abandon(idleTimeout(call, idleTimeoutMs, this.order.nextSeq() - 1));
  }

  private cleanUp(): void {
    for (const cleanUp of this.cleanUps.splice(0)) cleanUp();
  }
}

function toClientError(cause: unknown, meta: KafkaReplyMeta | undefined): OperationError {
  return cause instanceof TRPCClientError ? cause : unreadable(cause, meta);
}

/** As tRPC's links say that a caller left. */
function aborted(reason?: unknown): Error {
  return reason instanceof Error ? reason : new DOMException('This operation was aborted', 'AbortError');
}
