/** One server instance's answer: what it returned, or why it did not. */
import { TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { ReplyMessage } from '@trpc-kafka/core/internal';
import { expiredError } from '../calls/call-errors.js';
import { answeredError, metaOf, readData, readError } from '../operations/transform-response.js';
import type { CombinedTransformer } from '../trpc-internals.js';
import type { AnswerSource } from './pending-gather.js';
import type { QuestionTimes } from './service-asker.js';

/** Who answered. */
export interface GatherAnswerer {
  /** The service's name. */
  readonly service: string;
  /** The instance's id: the same for all answers of one server instance, as `discover` tells it, and new with each start. */
  readonly server: string;
}

/** One server instance's answer to a gather call. */
export type GatherAnswer<TData, TError = TRPCClientError<AnyTRPCRouter>> =
  | (GatherAnswerer & {
      readonly ok: true;
      /** What the procedure returned there. */
      readonly data: TData;
    })
  | (GatherAnswerer & {
      readonly ok: false;
      /** What failed there, as of a call. */
      readonly error: TError;
    });

/** What an answer is read with. */
export interface AnswerReading {
  readonly service: string;
  readonly path: string;
  readonly transformer: CombinedTransformer;
}

/** Reads an answer; `undefined` when it is none to a query. */
export function toGatherAnswer(
  { service, path, transformer }: AnswerReading,
  message: ReplyMessage,
  from: AnswerSource & { readonly times: QuestionTimes },
): GatherAnswer<unknown> | undefined {
  const who: GatherAnswerer = { service, server: from.instanceId };
  const meta = metaOf(from.position);
  switch (message.kind) {
    case 'data':
      try {
        return { ...who, ok: true, data: readData(message, transformer, meta) };
      } catch (error) {
        return { ...who, ok: false, error: error as TRPCClientError<AnyTRPCRouter> };
      }
    case 'error':
      return { ...who, ok: false, error: readError(message, transformer, meta) };
    case 'expired': {
      const error = expiredError({ type: 'query', path, ...from.times }, message);
      return { ...who, ok: false, error: answeredError(error, meta) };
    }
    case 'chunk':
    case 'started':
    case 'stopped':
    case 'lost':
    case 'maybe-executed':
    case 'hello-reply':
      return undefined;
  }
}

/** The answer of an instance that cannot be read. */
export function unreadableAnswer(
  service: string,
  error: Error,
  { instanceId, position }: AnswerSource,
): GatherAnswer<never> {
  return {
    service,
    server: instanceId,
    ok: false,
    error: TRPCClientError.from(error, { meta: { ...metaOf(position) } }),
  };
}
