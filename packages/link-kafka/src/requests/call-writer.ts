/**
 * Writing of two-way calls: from a call that may be sent to a record that the batcher takes.
 * Owns: what both ways of writing share, and the plain one: a record for each call.
 * Must not know: who waits for a call, and until when; the connection.
 */
import type { Operation } from '@trpc/client';
import { type Credit, isThenable, type ProcedureType, type RecordBatcher } from '@trpc-kafka/core/internal';
import { type CallFacts, callMessage, recordKey } from '../calls/call-draft.js';
import type { PendingCall } from '../calls/pending-call.js';
import type { Texts } from '../calls/texts.js';
import type { EncodedCall, RequestDraft, RequestSender } from './request-sender.js';

/** What is to be written of a call. */
export interface WritableCall extends CallFacts {
  readonly type: ProcedureType;
  /** The operation the call was made for: headers may depend on it. */
  readonly op: Operation;
  readonly lastEventId?: string;
  /** The first window of a subscription. */
  readonly credit?: Credit;
  /** How long a server may keep its stream while it hears nothing from this client. */
  readonly leaseMs?: number;
  /** The result may come in chunks. */
  readonly chunks?: boolean;
}

/** Writes the calls of one link. */
export interface CallWriter {
  /** A promise only where headers or an interceptor are asynchronous; throws or rejects with what the call fails with. */
  write(call: PendingCall, request: WritableCall): void | Promise<void>;
}

/** What a writer works with, the same for all links of a client. */
export interface CallWriting {
  readonly topic: string;
  readonly connectionParams: () => Texts | undefined;
  readonly maxMessageBytes: number;
  readonly requests: RequestSender;
  readonly batcher: RecordBatcher;
}

/** Makes the headers of a link. Asked when the call is about to be written: a token must be fresh then, however long the connection took. */
export type HeadersOf<TSource> = (source: TSource) => Texts | PromiseLike<Texts> | undefined;

/** Makes a writer that gives each call a record of its own. Headers and interceptors run in the caller's own context. */
export function createCallWriter(writing: CallWriting, headersOf: HeadersOf<Operation>): CallWriter {
  const { requests, batcher, topic } = writing;

  function writeWith(
    call: PendingCall,
    request: WritableCall,
    linkHeaders: Texts | undefined,
  ): void | Promise<void> {
    if (call.settled) return;
    const { options } = request;
    const draft: RequestDraft = {
      topic,
      purpose: 'call',
      calls: [encodeCall(writing, call, request)],
      key: recordKey(options),
      headers: { ...request.inherited?.headers, ...linkHeaders, ...options.headers },
    };
    const waits = requests.intercept(draft);
    if (waits instanceof Promise) return waits.then(() => finish(call, draft));
    finish(call, draft);
  }

  function finish(call: PendingCall, draft: RequestDraft): void {
    if (call.settled) return;
    call.prepare(requests.prepare(draft));
    batcher.add(call);
  }

  return {
    write(call, request) {
      const given = headersOf(request.op);
      return isThenable(given)
        ? Promise.resolve(given).then((linkHeaders) => writeWith(call, request, linkHeaders))
        : writeWith(call, request, given);
    },
  };
}

/** The call's envelope. @throws what `JSON.stringify` throws. */
export function encodeCall(
  { requests, connectionParams }: CallWriting,
  call: PendingCall,
  request: WritableCall,
): EncodedCall {
  const { lastEventId, credit, leaseMs, chunks } = request;
  return requests.encode(
    callMessage(request, {
      id: call.id,
      method: request.type,
      timeoutMs: Math.max(1, call.deadlineMs - Date.now()),
      deadlineMs: call.deadlineMs,
      connectionParams: connectionParams(),
      ...(lastEventId === undefined ? {} : { lastEventId }),
      ...(credit === undefined ? {} : { credit }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
      ...(chunks === undefined ? {} : { chunks }),
    }),
  );
}
