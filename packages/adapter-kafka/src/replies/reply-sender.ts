/** Writes replies: encodes, refuses what is too large or goes where it may not, bundles what is for one inbox. */
import {
  isKafkaTransportError,
  type KafkaTransportError,
  type RecordInterceptor,
  type TransportLogger,
} from '@trpc-kafka/core';
import {
  assertUserHeaders,
  type Counters,
  type EnvelopeCodec,
  encodedBytes,
  jsonEnvelopes,
  type RecordBatcher,
  type ReplyMessage,
  runBeforeSend,
  type SenderHeaders,
  type ServerNotice,
} from '@trpc-kafka/core/internal';
import type { ServedCall } from '../calls/served-call.js';
import type { KafkaHandlerCounter, KafkaHandlerEvent } from '../options.js';
import type { ErrorReporter } from './error-reporter.js';
import { type BundledReply, ReplyBundle } from './reply-bundle.js';
import type { ReplyPolicy } from './reply-policy.js';
import type { ReplyTarget } from './reply-target.js';
import { toTRPCError } from './to-trpc-error.js';

/** Writes replies. */
export interface ReplySender {
  /**
   * Encodes and takes a reply. Answers its size in bytes.
   * @throws ReplyTooLarge, or what the codec throws: then nothing was taken, and another reply can be.
   */
  send(to: ReplyTarget, message: ReplyMessage | ServerNotice, call?: ServedCall): number;
  /** The first half of {@link send}. @throws what that throws. */
  encode(to: ReplyTarget, message: ReplyMessage | ServerNotice, call?: ServedCall): EncodedReply;
  /** The second half. */
  post(reply: EncodedReply): void;
  /** Resolves when the batcher has every reply that was taken before, also those that wait for brokers or interceptors. */
  handedOver(): Promise<void>;
}

/** A driver has tried for long, but one may fail at once. */
const writeAgainMs = 100;

/** A reply above the limit. */
export class ReplyTooLarge extends Error {
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(bytes: number, maxBytes: number) {
    super(`the result has ${bytes} bytes, at most ${maxBytes} may be sent (maxMessageBytes)`);
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

/** What a reply sender works with. */
export interface ReplySenderOptions {
  readonly batcher: RecordBatcher;
  readonly policy: ReplyPolicy;
  readonly interceptors: readonly RecordInterceptor[];
  readonly maxMessageBytes: number;
  readonly sender: SenderHeaders;
  readonly counters: Counters<KafkaHandlerCounter>;
  readonly logger: TransportLogger;
  readonly emit: (event: KafkaHandlerEvent) => void;
  readonly reporter: ErrorReporter;
  /** A reply to a call was taken, and then not written. */
  readonly onUnwritten: (call: ServedCall, seq: number | undefined, error: Error) => void;
}

/** A reply that can be sent. */
export interface EncodedReply extends BundledReply {
  readonly to: ReplyTarget;
  readonly codec: EnvelopeCodec;
}

/** Makes a reply sender. */
export function createReplySender(options: ReplySenderOptions): ReplySender {
  const { batcher, policy, interceptors, counters, logger, emit, reporter } = options;
  /** The bundles that still take envelopes, by inbox id. */
  const open = new Map<string, ReplyBundle>();
  /** Replies of one inbox that wait for a decision or an interceptor: those behind must not overtake them. */
  const waiting = new Map<string, Promise<void>>();

  /** What was refused together has one error between it: it is logged once. */
  const logged = new WeakSet<Error>();

  const listener = {
    sealed(bundle: ReplyBundle) {
      if (open.get(bundle.address.inboxId) === bundle) open.delete(bundle.address.inboxId);
    },
    failed(bundle: ReplyBundle, error: Error) {
      if (isRefusedForSize(error) && bundle.replies.length > 1) {
        // Brokers do not say which of them made it too large.
        for (const alone of bundle.split()) batcher.add(alone);
        return;
      }
      if (isPassing(error)) writeAgain(bundle, error);
      if (bundle.replies.length === 0) return;
      for (const reply of bundle.replies) giveUp(reply, error);
      if (logged.has(error)) return;
      logged.add(error);
      const paths = bundle.replies.map(({ path }) => path);
      logger.error({ err: error, topic: bundle.address.topic, paths }, 'replies could not be written');
    },
  };

  /** A reply was taken, and is written no more. */
  function giveUp({ call, seq, path, isOwed }: BundledReply, error: Error): void {
    counters.add('repliesFailed');
    emit({ type: 'reply-failed', error, path });
    if (call === undefined) return;
    options.onUnwritten(call, seq, error);
    // Behind that: what is sent in its place is waited for, too.
    if (isOwed) call.replyDone();
  }

  /** Streams outlast brokers that are away: their readers have no deadline, and put in order what overtakes it meanwhile. */
  function writeAgain(bundle: ReplyBundle, err: Error): void {
    const again = bundle.takeLasting();
    if (again === undefined) return;
    setTimeout(() => batcher.add(again), writeAgainMs);
    const { topic, partition } = again.address;
    logger.warn({ err, topic, partition }, 'brokers do not take what streams send: it is written again');
  }

  function take(reply: EncodedReply, headers: Readonly<Record<string, string>>): void {
    const { to, codec } = reply;
    const plain = Object.keys(headers).length === 0;
    let bundle = plain ? open.get(to.inboxId) : undefined;
    if (bundle === undefined || !belongsIn(bundle, reply) || !bundle.hasRoomFor(reply.bytes)) {
      const sender = options.sender(codec.name);
      bundle = new ReplyBundle({ address: to, codec, sender, headers, listener });
      if (plain) open.set(to.inboxId, bundle);
      batcher.add(bundle);
    }
    bundle.add(reply);
  }

  /** A header that cannot be written would fail with its batch the replies of others. */
  function takeChecked(reply: EncodedReply, headers: Record<string, string>): void {
    assertUserHeaders(headers);
    take(reply, headers);
  }

  function refuse(reply: EncodedReply, error: Error): void {
    counters.add('repliesRefused');
    logger.warn({ err: error, path: reply.path, topic: reply.to.topic }, 'a reply was not sent');
    emit({ type: 'reply-failed', error, path: reply.path });
    reporter.report({
      error: toTRPCError(error),
      type: 'unknown',
      path: reply.path,
      input: undefined,
      ctx: undefined,
      req: undefined,
    });
    if (reply.isOwed) reply.call!.replyDone();
  }

  function passOn(reply: EncodedReply): void | Promise<void> {
    if (interceptors.length === 0) return take(reply, {});
    const headers: Record<string, string> = {};
    const waits = runBeforeSend(interceptors, {
      purpose: 'reply',
      topic: reply.to.topic,
      calls: [],
      headers,
    });
    if (waits instanceof Promise) return waits.then(() => takeChecked(reply, headers));
    takeChecked(reply, headers);
  }

  function decide(reply: EncodedReply, refusal: KafkaTransportError | undefined): void | Promise<void> {
    if (refusal === undefined) return passOn(reply);
    refuse(reply, refusal);
  }

  function deliver(reply: EncodedReply): void | Promise<void> {
    const refusal = policy.refusal(reply.to);
    return refusal instanceof Promise
      ? refusal.then((error) => decide(reply, error))
      : decide(reply, refusal);
  }

  function queueBehind(reply: EncodedReply, work: Promise<void>): void {
    const { inboxId } = reply.to;
    const settled = work
      .catch((error: Error) => refuse(reply, error))
      .finally(() => {
        if (waiting.get(inboxId) === settled) waiting.delete(inboxId);
      });
    waiting.set(inboxId, settled);
  }

  function encode(to: ReplyTarget, message: ReplyMessage | ServerNotice, call?: ServedCall): EncodedReply {
    const codec = to.codec ?? jsonEnvelopes;
    const envelope = codec.encode(message);
    const bytes = encodedBytes(envelope);
    if (bytes + 512 > options.maxMessageBytes) throw new ReplyTooLarge(bytes, options.maxMessageBytes);
    const seq = 'seq' in message ? message.seq : undefined;
    const path = call?.message.path ?? `(${message.kind})`;
    const isOwed = call?.owes(seq) === true;
    return { to, codec, envelope, bytes, path, call, seq, isOwed };
  }

  function post(reply: EncodedReply): void {
    if (reply.isOwed) reply.call!.replyTaken();
    const ahead = waiting.get(reply.to.inboxId);
    try {
      const work = ahead === undefined ? deliver(reply) : ahead.then(() => deliver(reply));
      if (work instanceof Promise) queueBehind(reply, work);
    } catch (error) {
      // An interceptor refused it.
      refuse(reply, error as Error);
    }
  }

  return {
    encode,
    post,
    send(to, message, call) {
      const reply = encode(to, message, call);
      post(reply);
      return reply.bytes;
    },
    async handedOver() {
      await Promise.all(waiting.values());
    },
  };
}

function belongsIn({ address, codec }: ReplyBundle, { to, codec: own }: EncodedReply): boolean {
  return address.topic === to.topic && address.partition === to.partition && codec === own;
}

/** Brokers may take it later, as it is. */
function isPassing(error: Error): boolean {
  return isKafkaTransportError(error) && error.retryable;
}

/** Above the limit of the topic, which may be lower than the handler's. */
export function isRefusedForSize(error: Error): boolean {
  return isKafkaTransportError(error) && error.code === 'PAYLOAD_TOO_LARGE';
}
