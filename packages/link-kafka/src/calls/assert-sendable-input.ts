/** The check that an input can travel in a record, the same for every kind of call. */
import { isNonJsonSerializable } from '@trpc/client';
import { KafkaTransportError } from '@trpc-kafka/core';
import { type EnvelopeCodec, jsonEnvelopes } from '@trpc-kafka/core/internal';

/** An input as it is to be written. */
export interface SendableInput {
  /** What the transformer made of it, text perhaps. */
  readonly input: unknown;
  readonly path: string;
  readonly codec: EnvelopeCodec;
}

/**
 * Refuses what a codec would make an empty object of, silently: what can only be read bit by bit, and in JSON bytes.
 * @throws KafkaTransportError `UNSUPPORTED_MEDIA_TYPE` for FormData, Blob and streams, in JSON for bytes.
 */
export function assertSendableInput({ input, path, codec }: SendableInput): void {
  const isBytes = input instanceof Uint8Array;
  if (isBytes && codec !== jsonEnvelopes) return;
  if (!isNonJsonSerializable(input) && !(input instanceof ReadableStream)) return;
  const why = isBytes
    ? 'which records in JSON do not carry. Give the client a codec that carries bytes'
    : 'which Kafka records do not carry. Send JSON';
  throw new KafkaTransportError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `the input of ${path} is a ${(input as object).constructor.name}, ${why}, or a reference to where the data is`,
  });
}
