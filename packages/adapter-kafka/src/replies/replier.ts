/** Answers one call, whatever happens: a result that cannot be encoded or is too large becomes an error, and an error that cannot becomes a general one. */
import { type AnyTRPCRouter, TRPCError, type TRPCErrorShape } from '@trpc/server';
import {
  type HelloReplyMessage,
  type InboxAddress,
  jsonEnvelopes,
  type ServerMessage,
  type ServerNotice,
} from '@trpc-kafka/core/internal';
import type { ServedCall } from '../calls/served-call.js';
import { isFinalError } from '../duplicates/outcome.js';
import { type ErrorFacts, type ErrorReporter, fallbackErrorShape } from './error-reporter.js';
import { isRefusedForSize, type ReplySender, ReplyTooLarge } from './reply-sender.js';
import type { ReplyTarget } from './reply-target.js';
import { toTRPCError } from './to-trpc-error.js';

/** Answers calls. Nothing in here throws. */
export interface Replier extends Pick<ReplySender, 'handedOver'> {
  /** Sends data of a call, or an item of a stream. Answers its size; `undefined` when an error was sent instead. */
  data(call: ServedCall, data: unknown, item?: StreamItem): number | undefined;
  /** The same for lines of a streamed result. */
  chunk(call: ServedCall, lines: readonly string[], item: StreamItem): number | undefined;
  /** Reports a failure and sends it as the call's outcome. */
  error(call: ServedCall, cause: unknown, facts: FailureFacts): void;
  /** Sends a message that holds nothing of the user's. */
  plain(call: ServedCall, message: ServerMessage): void;
  /** Tells a client something about all its streams here, or of this instance. False when it is too large to be told. */
  notify(to: InboxAddress, notice: ServerNotice | HelloReplyMessage): boolean;
  /** Tells a caller, where that can be done, that a reply was taken and then not written. */
  unwritten(call: ServedCall, seq: number | undefined, error: Error): void;
  /** Reports a failure to `onError` only. */
  report(call: ServedCall, cause: unknown, facts: FailureFacts): void;
  /** A failure as the caller gets it, for a place within a streamed result. */
  shapeOf(call: ServedCall, cause: unknown, facts: FailureFacts): TRPCErrorShape;
  /** What the transformer makes of a value. Throws what it throws. */
  serialize(value: unknown): unknown;
}

/** What an item of a stream has beside its data. */
export interface StreamItem {
  readonly seq: number;
  readonly sentBytes: number;
  readonly eventId?: string;
}

/** What is known of a failed call. */
export interface FailureFacts {
  readonly ctx: unknown;
  readonly input: unknown;
  /** True when the procedure came to its end, and only its result cannot be sent: another run meets the same. */
  readonly isDone?: boolean;
  /** The number of the error in a stream. */
  readonly seq?: number;
}

interface ErrorSending {
  readonly seq: number | undefined;
  /** Whether another run of the call would meet it again. */
  readonly isFinal?: boolean;
}

/** Of a call that cannot be answered: its outcome is only remembered. */
const nowhere: ReplyTarget = { topic: '', partition: 0, inboxId: '' };

/** Makes a replier for a router. */
export function createReplier(router: AnyTRPCRouter, sender: ReplySender, reporter: ErrorReporter): Replier {
  const { transformer } = router._def._config;

  function factsOf(call: ServedCall, cause: unknown, facts: FailureFacts): ErrorFacts {
    const { method: type, path } = call.message;
    return {
      error: toTRPCError(cause),
      type,
      path,
      input: facts.input,
      ctx: facts.ctx,
      req: call.req,
    };
  }

  function sendError(call: ServedCall, error: unknown, { seq, isFinal = false }: ErrorSending): void {
    const message = errorMessage(call, error, seq);
    if (seq === undefined) sendOutcome(call, message, isFinal);
    else if (call.replyTo !== undefined) sender.send(call.replyTo, message, call);
  }

  /**
   * Sends what a call came to, once it is remembered where it is to be: whoever has read it may rely on it.
   * @throws what encoding it throws: then nothing is remembered.
   */
  function sendOutcome(call: ServedCall, message: ServerMessage, isFinal: boolean): number {
    const { keepOutcome } = call;
    // Whoever cancelled, or waited until the deadline, reads no reply any more; but may make the call anew.
    const replyTo = call.isGivenUp ? undefined : call.replyTo;
    if (keepOutcome === undefined) return replyTo === undefined ? 0 : sender.send(replyTo, message, call);
    const reply = sender.encode(replyTo ?? nowhere, message, call);
    // Once: an error that takes the place of a result that cannot be written is the outcome then.
    call.keepOutcome = undefined;
    const { codec, envelope, bytes } = reply;
    const waits = keepOutcome({ codec: codec.name, envelope, isFinal });
    if (replyTo === undefined) call.outcomeKept = waits ?? undefined;
    else if (waits === undefined) sender.post(reply);
    else call.outcomeKept = waits.then(() => sender.post(reply));
    return bytes;
  }

  const serialize = (value: unknown): unknown => transformer.output.serialize(value);

  function error(call: ServedCall, cause: unknown, facts: FailureFacts): void {
    const failure = factsOf(call, cause, facts);
    const sending: ErrorSending = {
      seq: facts.seq,
      isFinal: facts.isDone === true || isFinalError(failure.error.code),
    };
    reporter.report(failure);
    try {
      sendError(call, serialize(reporter.shapeOf(failure)), sending);
    } catch (unsendable) {
      reporter.report(factsOf(call, unsendable, facts));
      sendFallback(call, sending);
    }
  }

  function sendFallback(call: ServedCall, sending: ErrorSending): void {
    let shape: unknown;
    try {
      shape = serialize(fallbackErrorShape);
    } catch {
      // The transformer refuses even plain objects. As it is, the caller cannot restore it perhaps, but does not wait in vain.
      shape = fallbackErrorShape;
    }
    try {
      sendError(call, shape, sending);
    } catch {
      sendInJson(call, errorMessage(call, fallbackErrorShape, sending.seq));
    }
  }

  /** For a codec, or a transformer, that fails at everything: callers read JSON, whatever they write. */
  function sendInJson(call: ServedCall, message: ServerMessage): void {
    if (call.replyTo === undefined) return;
    try {
      sender.send({ ...call.replyTo, codec: jsonEnvelopes }, message, call);
    } catch (cause) {
      // A `maxMessageBytes` that leaves no room even for this. The caller waits in vain, and only the server can know why.
      reporter.report(factsOf(call, cause, { ctx: undefined, input: call.message.input }));
    }
  }

  function plain(call: ServedCall, message: ServerMessage): void {
    try {
      if (call.replyTo !== undefined) sender.send(call.replyTo, message, call);
    } catch (cause) {
      reporter.report(factsOf(call, cause, { ctx: undefined, input: call.message.input }));
      sendInJson(call, message);
    }
  }

  function failed(call: ServedCall, cause: unknown, seq: number | undefined): undefined {
    const facts = { ctx: undefined, input: call.message.input, isDone: true };
    error(call, unsendable(cause), { ...facts, ...opt('seq', seq) });
  }

  return {
    data(call, data, item) {
      const { message: given, replyTo, keepOutcome } = call;
      if (keepOutcome === undefined && (replyTo === undefined || call.isGivenUp)) return 0;
      const { id, jsonrpc } = given;
      try {
        const message: ServerMessage = {
          kind: 'data',
          id,
          data: serialize(data),
          ...item,
          ...opt('jsonrpc', jsonrpc),
        };
        if (item === undefined) return sendOutcome(call, message, true);
        return replyTo === undefined ? 0 : sender.send(replyTo, message, call);
      } catch (cause) {
        return failed(call, cause, item?.seq);
      }
    },
    chunk(call, lines, item) {
      if (call.replyTo === undefined) return 0;
      const { id, jsonrpc } = call.message;
      try {
        return sender.send(
          call.replyTo,
          { kind: 'chunk', id, lines, ...item, ...opt('jsonrpc', jsonrpc) },
          call,
        );
      } catch (cause) {
        return failed(call, cause, item.seq);
      }
    },
    error,
    handedOver: () => sender.handedOver(),
    plain,
    unwritten(call, seq, cause) {
      // Once: what is said of it here may not be written either.
      if (call.isReplyLost) return;
      call.isReplyLost = true;
      if (isRefusedForSize(cause)) {
        const refused = new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: cause.message, cause });
        error(call, refused, { ctx: undefined, input: call.message.input, ...opt('seq', seq) });
        call.abort('refused');
      } else if (seq !== undefined && call.isOver) {
        plain(call, { kind: 'lost', id: call.message.id, seq, reason: 'unwritten' });
      } else if (seq !== undefined) {
        // The stream's own end has a number behind it: whether the reply was written after all or not, its reader gets there, or sees the gap.
        call.abort('unwritten');
      }
    },
    // To a client and not for a call: in JSON, as what clients write to no call in particular.
    notify(to, notice) {
      try {
        sender.send({ ...to, codec: jsonEnvelopes }, notice);
        return true;
      } catch (error) {
        if (error instanceof ReplyTooLarge) return false;
        throw error;
      }
    },
    report: (call, cause, facts) => reporter.report(factsOf(call, cause, facts)),
    shapeOf: (call, cause, facts) => reporter.shapeOf(factsOf(call, cause, facts)),
    serialize,
  };
}

function errorMessage({ message }: ServedCall, error: unknown, seq: number | undefined): ServerMessage {
  return { kind: 'error', id: message.id, error, ...opt('seq', seq), ...opt('jsonrpc', message.jsonrpc) };
}

function unsendable(cause: unknown): TRPCError {
  if (cause instanceof ReplyTooLarge)
    return new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: cause.message, cause });
  const message = 'The result cannot be serialized';
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message, cause });
}

/** A field only where there is a value: `exactOptionalPropertyTypes` tells the two apart, and so does JSON. */
function opt<TName extends string, TValue>(
  name: TName,
  value: TValue | undefined,
): { [K in TName]?: TValue } {
  return (value === undefined ? {} : { [name]: value }) as { [K in TName]?: TValue };
}
