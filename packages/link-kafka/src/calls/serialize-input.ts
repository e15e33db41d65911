/** What becomes of an input before it is sent, the same for every kind of call: the transformer's work, and whether a record can carry it. */
import { isNonJsonSerializable } from '@trpc/client';
import { KafkaTransportError } from '@trpc-kafka/core';
import { type EnvelopeCodec, jsonEnvelopes } from '@trpc-kafka/core/internal';
import type { CombinedTransformer } from '../trpc-internals.js';

/** Who makes what of an input. */
export interface InputWriting {
  readonly transformer: CombinedTransformer;
  readonly codec: EnvelopeCodec;
}

/**
 * The input as its envelope holds it. Refuses what would arrive as an empty object, silently: what can only be read bit
 * by bit, unless the transformer takes it apart, and in JSON bytes.
 * @throws KafkaTransportError `UNSUPPORTED_MEDIA_TYPE` for FormData, Blob and streams, in JSON for bytes; what the
 * transformer throws.
 */
export function serializeInput(given: unknown, path: string, { transformer, codec }: InputWriting): unknown {
  const input: unknown = transformer.input.serialize(given);
  const isBytes = input instanceof Uint8Array;
  if (isUnreadable(input) && !(isBytes && codec !== jsonEnvelopes)) throw unsupported(input, path);
  if (input !== given && isUnreadable(given) && isEmptied(input, transformer)) throw unsupported(given, path);
  return input;
}

/** superjson, for one, wraps a form as it is, of which nothing is left when it is written. */
function isEmptied(input: unknown, transformer: CombinedTransformer): boolean {
  try {
    return JSON.stringify(input) === JSON.stringify(transformer.input.serialize({}));
  } catch {
    return false; // What JSON cannot write is not empty; the codec has the word on it.
  }
}

/** What is plain is not held against `FormData`: Node loads undici when that is first named, 20 ms of a first call. */
function isUnreadable(value: unknown): value is object {
  return !isPlain(value) && (isNonJsonSerializable(value) || value instanceof ReadableStream);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function unsupported(value: object, path: string): KafkaTransportError {
  const why =
    value instanceof Uint8Array
      ? 'which records in JSON do not carry. Give the client a codec that carries bytes'
      : 'which Kafka records do not carry. Send JSON';
  return new KafkaTransportError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `the input of ${path} is a ${value.constructor.name}, ${why}, or a reference to where the data is`,
  });
}
