/** Turns what arrived into what the caller sees: data as the transformer restores it, errors as `TRPCClientError`. */
import { TRPCClientError } from '@trpc/client';
import type { RecordPosition } from '@trpc-kafka/core';
import type { DataMessage, ErrorMessage } from '@trpc-kafka/core/internal';
import type { CombinedTransformer } from '../trpc-internals.js';
import type { OperationError } from './operation.js';

/** Where a reply was read, for `TRPCClientError.meta` and the envelope's context. */
export interface KafkaReplyMeta {
  readonly kafka: RecordPosition;
}

/** What is told of a reply beside what it holds. */
export function metaOf({ topic, partition, offset }: RecordPosition): KafkaReplyMeta {
  return { kafka: { topic, partition, offset } };
}

/** tRPC's words for a reply it cannot read (server/src/unstable-core-do-not-import/transformer.ts), which users may look for. */
const unreadableReply = 'Unable to transform response from server';

/** The data of a reply. @throws TRPCClientError when the transformer refuses it. */
export function readData(
  message: DataMessage,
  transformer: CombinedTransformer,
  meta: KafkaReplyMeta,
): unknown {
  try {
    return transformer.output.deserialize(message.data);
  } catch (cause) {
    throw unreadable(cause, meta);
  }
}

/** The error of a reply; also when it is no error as tRPC makes them. */
export function readError(
  message: ErrorMessage,
  transformer: CombinedTransformer,
  meta: KafkaReplyMeta,
): OperationError {
  let shape: unknown;
  try {
    shape = transformer.output.deserialize(message.error);
  } catch (cause) {
    return unreadable(cause, meta);
  }
  return errorOfShape(shape, meta);
}

/** The error of a shape that the transformer has restored; also when it is none as tRPC makes them. */
export function errorOfShape(shape: unknown, meta: KafkaReplyMeta): OperationError {
  if (!isErrorShape(shape)) return unreadable(undefined, meta);
  return TRPCClientError.from({ error: shape }, { meta: { ...meta } });
}

/** What the transport of the other side answered, with the place where that was read. */
export function answeredError(error: Error, meta: KafkaReplyMeta): OperationError {
  return TRPCClientError.from(error, { meta: { ...meta } });
}

/** The error for a reply that cannot be read. */
export function unreadable(cause: unknown, meta: KafkaReplyMeta | undefined): OperationError {
  const error = new Error(unreadableReply, cause === undefined ? {} : { cause });
  return TRPCClientError.from(error, { meta: { ...meta } });
}

interface ErrorShape {
  code: number;
  message: string;
  data: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape's `code` is a union of numbers in tRPC's types
function isErrorShape(value: unknown): value is ErrorShape & { code: any } {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Partial<ErrorShape>;
  return typeof code === 'number' && typeof message === 'string';
}
