/** Runs one stream on the server: started, items as long as the receiver takes them, and its end. The order of steps is that of tRPC's ws adapter. */
import { createStreamSender, protocolFeatures, type StreamSender } from '@trpc-kafka/core/internal';
import type { Replier } from '../replies/replier.js';
import type { ClientStreams, StreamLease } from '../streams/client-streams.js';
import { isAbortError, Unpromise } from '../trpc-internals.js';
import { lossReason, serverClosing } from './early-end.js';
import type { ServedCall } from './served-call.js';
import type { StreamSource } from './stream-source.js';

/** A call whose resolver has returned what is to be streamed. */
export interface StreamStart {
  readonly call: ServedCall;
  readonly source: StreamSource;
  readonly replier: Replier;
  readonly streams: ClientStreams;
  readonly progress: { readonly ctx: unknown; readonly input: unknown };
}

/** Streams the result of a call to its end; the iterator's `return` has run when it resolves. */
export async function runStream(start: StreamStart): Promise<void> {
  const { call, replier } = start;
  if (call.controller.signal.aborted) {
    await dispose(start);
    endAborted(start, undefined);
    return;
  }
  const { id, credit, jsonrpc } = call.message;
  const sender = createStreamSender(credit);
  replier.plain(call, {
    kind: 'started',
    id,
    seq: sender.nextSeq(),
    features: protocolFeatures,
    ...(jsonrpc === undefined ? {} : { jsonrpc }),
  });
  // From here on the stream may last for days: its record is done with.
  call.settle();
  const lease = start.streams.opened(call);
  const end = await pump(start, { sender, lease });
  lease.close();
  if (end.kind !== 'done') call.controller.abort();
  await dispose(start);
  finish(start, sender, end);
}

type StreamEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'unsendable' };

/** Where the items of a stream go by. */
interface StreamOutput {
  readonly sender: StreamSender;
  readonly lease: StreamLease;
}

/** Pulls items while the receiver takes them. A promise that lives as long as the stream must not collect reactions: hence Unpromise. */
async function pump(start: StreamStart, output: StreamOutput): Promise<StreamEnd> {
  const { call } = start;
  const { sender } = output;
  const { signal } = call.controller;
  const aborted = new Promise<'aborted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  const credit = createCreditGate(call, sender);
  // Declared outside the loop and emptied in it, so that a waiting stream holds on to no item.
  let next: IteratorResult<unknown> | 'aborted' | StreamFailure | null = null;
  while (true) {
    if (!sender.maySend() && (await Unpromise.race([credit.wait(), aborted])) === 'aborted')
      return { kind: 'aborted' };
    next = await Unpromise.race([nextItem(start), aborted]);
    if (next === 'aborted' || signal.aborted) return { kind: 'aborted' };
    if (next instanceof StreamFailure) return { kind: 'failed', error: next.error };
    if (next.done) return { kind: 'done' };
    if (!sendItem(start, output, next.value)) return { kind: 'unsendable' };
    next = null;
  }
}

class StreamFailure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** After a stop nobody waits for this promise: what it then rejects with is told to `onError`, but for the abort itself. */
async function nextItem(start: StreamStart): Promise<IteratorResult<unknown> | StreamFailure> {
  try {
    return await start.source.iterator.next();
  } catch (error) {
    const { call, replier, progress } = start;
    if (call.controller.signal.aborted && !isAbortError(error)) replier.report(call, error, progress);
    return new StreamFailure(error);
  }
}

function sendItem(start: StreamStart, { sender, lease }: StreamOutput, value: unknown): boolean {
  const bytes = start.source.send(value, { seq: sender.nextSeq(), sentBytes: sender.sentBytes() });
  if (bytes === undefined) return false;
  sender.sent(bytes);
  lease.spoke();
  return true;
}

function createCreditGate(call: ServedCall, sender: StreamSender): { wait(): Promise<'credit'> } {
  let wake: (() => void) | undefined;
  call.onCredit = (credit) => {
    sender.grant(credit);
    if (!sender.maySend()) return;
    wake?.();
    wake = undefined;
  };
  return {
    wait: () =>
      new Promise((resolve) => {
        wake = () => resolve('credit');
      }),
  };
}

/** Runs the generator's `finally`. What fails there is told to `onError` only: the receiver's stream is over all the same. */
async function dispose({ call, source, replier, progress }: StreamStart): Promise<void> {
  try {
    await source.iterator.return?.();
  } catch (error) {
    replier.report(call, error, progress);
  }
}

function finish(start: StreamStart, sender: StreamSender, end: StreamEnd): void {
  const { call, replier, progress } = start;
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
      endAborted(start, sender);
      return;
    case 'unsendable':
      // The error in the item's place was the end of the stream.
      return;
  }
}

/** Who cancelled reads no more; who is left behind by a closing server must not take its end for the stream's. */
function endAborted({ call, replier, progress }: StreamStart, sender: StreamSender | undefined): void {
  const reason = lossReason(call);
  if (reason !== undefined) {
    replier.plain(call, { kind: 'lost', id: call.message.id, seq: sender?.nextSeq() ?? 0, reason });
  } else if (call.abortReason === 'closing') {
    const seq = sender === undefined ? {} : { seq: sender.nextSeq() };
    replier.error(call, serverClosing(undefined), { ...progress, ...seq });
  }
}
