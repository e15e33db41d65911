/** A streamed result as the lines that tRPC's own jsonl producer writes, each of them a chunk. */
import { TRPCError } from '@trpc/server';
import { observableToAsyncIterable } from '@trpc/server/observable';
import type { FailureFacts, Replier } from '../replies/replier.js';
import { isAbortError, jsonlStreamProducer } from '../trpc-internals.js';
import { readLines } from './line-reader.js';
import { createPartGuard } from './part-guard.js';
import { isObservable } from './result-kind.js';
import type { ServedCall } from './served-call.js';
import type { SendItem } from './stream-items.js';

/** A query or mutation whose resolver has returned a result that comes bit by bit. */
export interface StreamedResult {
  readonly call: ServedCall;
  readonly result: unknown;
  readonly replier: Replier;
  readonly progress: FailureFacts;
}

/** The chunks of a streamed result; tRPC's HTTP server makes its lines the same way (server/src/unstable-core-do-not-import/http/resolveResponse.ts). */
export function chunkItems({ call, result, replier, progress }: StreamedResult): AsyncIterator<string> {
  const { signal } = call.controller;
  /** What fails because the caller left is no news. */
  const report = (error: unknown): void => {
    if (!signal.aborted || !isAbortError(error)) replier.report(call, error, progress);
  };
  const guard = createPartGuard({ signal, onLateError: report });
  const data = guard(isObservable(result) ? observableToAsyncIterable(result, signal) : result);
  const lines = readLines(
    jsonlStreamProducer({
      data: { data },
      serialize: (value) => replier.serialize(value),
      onError: ({ error }) => report(error),
      // Reported already: the producer tells of every error before it asks for its shape.
      formatError: ({ error }) => replier.shapeOf(call, error, progress),
    }),
  );
  return { next: () => lines.next().catch(rethrowUnserializable), return: () => lines.return!() };
}

/** How streamed results send theirs. */
export function createChunkSender(replier: Replier): SendItem {
  return (call, line, place) => replier.chunk(call, [line as string], place);
}

/** What parts fail with stands in the lines: when there are none, they could not be written. */
function rethrowUnserializable(cause: unknown): never {
  throw new TRPCError({
    code: 'INTERNAL_SERVER_ERROR',
    message: 'The result cannot be serialized',
    cause,
  });
}
