/** Writes calls: turns what the link wants sent into a record and hands it to the batcher. */
import { KafkaTransportError, type RecordInterceptor } from '@trpc-kafka/core';
import {
  assertUserHeaders,
  type CallMessage,
  encodeEnvelope,
  formatSingleCall,
  type OutgoingInterception,
  type PartitionPicker,
  partitionForKey,
  recordHeader,
  runBeforeSend,
  type TransportLease,
} from '@trpc-kafka/core/internal';
import { payloadTooLarge } from '../calls/call-errors.js';
import type { PreparedRecord } from './prepared-record.js';

/** A record to be made of a call. */
export interface RequestDraft {
  readonly topic: string;
  readonly purpose: 'call' | 'one-way';
  readonly message: CallMessage;
  readonly key: string | undefined;
  readonly headers: Record<string, string>;
}

/** Makes the records of calls. */
export interface RequestSender {
  /** Runs the interceptors. A promise only where one of them is asynchronous; throws or rejects with what refused the call. */
  intercept(draft: RequestDraft): void | Promise<void>;
  /** @throws KafkaTransportError `PAYLOAD_TOO_LARGE`, or what `JSON.stringify` throws. */
  prepare(draft: RequestDraft): PreparedRecord;
}

/** What a request sender needs. */
export interface RequestSenderOptions {
  readonly transport: TransportLease;
  readonly interceptors: readonly RecordInterceptor[];
  readonly maxMessageBytes: number;
  readonly sender: () => string;
}

/** Room for headers, key and Kafka's own fields of a record. */
const recordOverheadBytes = 256;

/** How often the count of a topic's partitions is asked for anew. */
const refreshMs = 10_000;

/** Makes a request sender. */
export function createRequestSender(options: RequestSenderOptions): RequestSender {
  const { transport, interceptors, maxMessageBytes } = options;
  const pickers = new Map<string, PartitionPicker>();

  /** The last count that was known of each topic: one that is missing for a moment is the brokers' to report. */
  const counts = new Map<string, number>();
  let refreshedAtMs = Date.now();

  function countPartitions(topic: string): number {
    const known = transport.directory.known(topic);
    if (known !== undefined) counts.set(topic, known);
    refresh(topic);
    return known ?? counts.get(topic) ?? 0;
  }

  /** Partitions may be added while the service runs. Asked for in the background: a call never waits for it. */
  function refresh(topic: string): void {
    const nowMs = Date.now();
    if (nowMs - refreshedAtMs < refreshMs) return;
    refreshedAtMs = nowMs;
    transport.directory.lookUp(topic).catch(() => {
      // Brokers that do not answer are told of where calls are written.
    });
  }

  function partitionOf(draft: RequestDraft): number | PartitionPicker {
    const { topic, key } = draft;
    const partitions = countPartitions(topic);
    if (partitions < 1) throw noPartitions(topic);
    if (key !== undefined) return partitionForKey(key, partitions);
    let picker = pickers.get(topic);
    if (picker === undefined) {
      picker = createRotation(() => countPartitions(topic));
      pickers.set(topic, picker);
    }
    return picker;
  }

  return {
    intercept(draft) {
      if (interceptors.length === 0) return;
      const { id, path, method } = draft.message;
      const interception: OutgoingInterception = {
        purpose: draft.purpose,
        topic: draft.topic,
        calls: [{ id, path, type: method }],
        headers: draft.headers,
      };
      return runBeforeSend(interceptors, interception);
    },
    prepare(draft) {
      const { message, key, headers } = draft;
      // Whether links, callers or interceptors have put them there.
      assertUserHeaders(headers);
      const value = encodeEnvelope(message);
      const bytes = Buffer.byteLength(value) + headerBytes(headers) + recordOverheadBytes;
      if (bytes > maxMessageBytes)
        throw payloadTooLarge(`the input of ${message.method} ${message.path}`, bytes, maxMessageBytes);
      headers[recordHeader] = formatSingleCall(options.sender(), message);
      return { topic: draft.topic, partition: partitionOf(draft), key: key ?? null, value, bytes, headers };
    },
  };
}

/** Goes round the partitions from a place chosen by chance, so that clients started together do not march in step. */
function createRotation(partitions: () => number): PartitionPicker {
  let next = Math.floor(Math.random() * 1_000_000);
  return { pick: () => next++ % partitions() };
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
