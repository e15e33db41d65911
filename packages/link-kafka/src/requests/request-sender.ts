/** Writes calls: turns what the link wants sent into a record and hands it to the batcher. */
import { KafkaTransportError, type RecordInterceptor } from '@trpc-kafka/core';
import {
  assertUserHeaders,
  type CallMessage,
  type EncodedEnvelope,
  type EnvelopeCodec,
  encodedBytes,
  formatParts,
  formatSingleCall,
  type OutgoingInterception,
  type PartitionDirectory,
  type PartitionPicker,
  partitionForKey,
  recordHeader,
  runBeforeSend,
  type Transport,
  toRecordValue,
} from '@trpc-kafka/core/internal';
import { payloadTooLarge } from '../calls/call-errors.js';
import { type AnsweringPartitions, createAnsweringPartitions } from './answering-partitions.js';
import type { PreparedRecord } from './prepared-record.js';

/** A call as it will stand in a record. */
export interface EncodedCall {
  readonly message: CallMessage;
  readonly envelope: EncodedEnvelope;
  readonly bytes: number;
  /** With what joins it to others in a record of several. */
  readonly bytesInBundle: number;
}

/** A record to be made of calls. */
export interface RequestDraft {
  readonly topic: string;
  readonly purpose: 'call' | 'one-way';
  /** One, or several that share the record. */
  readonly calls: readonly EncodedCall[];
  readonly key: string | undefined;
  readonly headers: Record<string, string>;
}

/** Makes the records of calls. */
export interface RequestSender {
  /** @throws what the codec throws. */
  encode(message: CallMessage): EncodedCall;
  /** Runs the interceptors. A promise only where one of them is asynchronous; throws or rejects with what refused the calls. */
  intercept(draft: RequestDraft): void | Promise<void>;
  /** @throws KafkaTransportError `PAYLOAD_TOO_LARGE`, or `INVALID_OPTION` for headers that cannot be written. */
  prepare(draft: RequestDraft): PreparedRecord;
}

/** What a request sender needs. */
export interface RequestSenderOptions {
  readonly transport: Transport;
  readonly interceptors: readonly RecordInterceptor[];
  readonly maxMessageBytes: number;
  readonly codec: EnvelopeCodec;
  /** What is heard from the partitions of a topic; `undefined` for one whose records nobody answers. @default none is answered */
  readonly answering?: (topic: string) => AnsweringPartitions | undefined;
  /** The `trpc-kafka` header of this client's records in that codec. */
  readonly sender: () => string;
}

/** Room for headers, key and Kafka's own fields of a record. */
const recordOverheadBytes = 256;

/** How often the count of a topic's partitions is asked for anew. */
const refreshMs = 10_000;

/** Makes a request sender. */
export function createRequestSender(options: RequestSenderOptions): RequestSender {
  const { transport, interceptors, maxMessageBytes, codec } = options;
  const topics = new Map<string, TopicPartitions>();

  function partitionOf({ topic, key }: RequestDraft): number | PartitionPicker {
    let partitions = topics.get(topic);
    if (partitions === undefined) {
      partitions = createTopicPartitions(topic, transport.directory, options.answering?.(topic));
      topics.set(topic, partitions);
    }
    const count = partitions.count();
    if (count < 1) throw noPartitions(topic);
    return key === undefined ? partitions : partitionForKey(key, count);
  }

  return {
    encode(message) {
      const envelope = codec.encode(message);
      const bytes = encodedBytes(envelope);
      return { message, envelope, bytes, bytesInBundle: bytes + codec.jointBytes };
    },
    intercept(draft) {
      if (interceptors.length === 0) return;
      const interception: OutgoingInterception = {
        purpose: draft.purpose,
        topic: draft.topic,
        calls: draft.calls.map(({ message: { id, path, method } }) => ({ id, path, type: method })),
        headers: draft.headers,
      };
      return runBeforeSend(interceptors, interception);
    },
    prepare(draft) {
      const { calls, key, headers } = draft;
      // Whether links, callers or interceptors have put them there.
      assertUserHeaders(headers);
      const bytes = bytesOf(calls) + headerBytes(headers) + recordOverheadBytes;
      if (bytes > maxMessageBytes) throw payloadTooLarge(describeInput(calls), bytes, maxMessageBytes);
      const sender = options.sender();
      const { value, parts } = codec.join(calls.map(({ envelope }) => envelope));
      headers[recordHeader] =
        calls.length === 1 ? formatSingleCall(sender, calls[0]!.message) : formatParts(sender, parts);
      return {
        topic: draft.topic,
        partition: partitionOf(draft),
        key: key ?? null,
        value: toRecordValue(value),
        bytes,
        headers,
      };
    },
  };
}

/** The partitions of a topic that is written to; picks one after the other for calls without a key, of those that answer. */
interface TopicPartitions extends PartitionPicker {
  count(): number;
}

function createTopicPartitions(
  topic: string,
  directory: PartitionDirectory,
  answering: AnsweringPartitions = createAnsweringPartitions({ now: Date.now, random: Math.random }),
): TopicPartitions {
  /** The last count that was known: a topic that is missing for a moment is the brokers' to report. */
  let lastCount = 0;
  let refreshedAtMs = Date.now();

  function count(): number {
    lastCount = directory.known(topic) ?? lastCount;
    refresh();
    return lastCount;
  }

  /** Partitions may be added while the service runs. Asked for in the background: a call never waits for it. */
  function refresh(): void {
    const nowMs = Date.now();
    if (nowMs - refreshedAtMs < refreshMs) return;
    refreshedAtMs = nowMs;
    directory.lookUp(topic).catch(() => {
      // Brokers that do not answer are told of where calls are written.
    });
  }

  return { count, pick: () => answering.pick(count()) };
}

/** With the commas and brackets of a bundle. */
function bytesOf(calls: readonly EncodedCall[]): number {
  if (calls.length === 1) return calls[0]!.bytes;
  let bytes = 1;
  for (const { bytesInBundle } of calls) bytes += bytesInBundle;
  return bytes;
}

function describeInput(calls: readonly EncodedCall[]): string {
  const { method, path } = calls[0]!.message;
  return calls.length === 1 ? `the input of ${method} ${path}` : `a record of ${calls.length} calls`;
}

function headerBytes(headers: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + headers[name]!.length * 3;
  return bytes;
}

function noPartitions(topic: string): KafkaTransportError {
  return new KafkaTransportError({
    code: 'TOPIC_MISSING',
    retryable: true,
    message: `topic ${topic} has no partitions that this client knows of; was it deleted?`,
  });
}
