/** The check that an input can travel in a record, the same for every kind of call. */
import { isNonJsonSerializable } from '@trpc/client';
import { KafkaTransportError } from '@trpc-kafka/core';

/**
 * To be asked after the transformer, which may have made text of the input. JSON would make `{}` of a stream, silently.
 * @throws KafkaTransportError `UNSUPPORTED_MEDIA_TYPE` for FormData, Blob, bytes and streams.
 */
export function assertTextInput(input: unknown, path: string): void {
  if (!isNonJsonSerializable(input) && !(input instanceof ReadableStream)) return;
  throw new KafkaTransportError({
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: `the input of ${path} is a ${(input as object).constructor.name}, which Kafka records do not carry. Send JSON, or a reference to where the data is`,
  });
}
