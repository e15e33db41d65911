/**
 * Produce, versions 3 to 7.
 * Owns: the layout of request and answer. Must not know: retries, sequences, what is written.
 */
import type { RawProduceResponse } from '../broker-requests.js';
import type { ApiVersions, Exchange } from '../exchange.js';
import type { ProduceBatch } from '../produce-batch.js';
import type { FindCodec } from './compression.js';
import { encodePlainBatch, encodeRecordBatch, type RecordBatchFields } from './record-batch-encoder.js';
import { WireReader } from './wire-reader.js';

/** What a request carries besides its batches. */
export interface ProduceExchangeOptions {
  readonly versions: ApiVersions;
  readonly compression: number;
  readonly findCodec: FindCodec;
  readonly timeoutMs: number;
  readonly nowMs: number;
}

/** Thrown before anything was sent: a record cannot be put on the wire. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
  readonly retriable = false;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What a broker answered, with the field kafkajs's connection looks at. */
interface DecodedProduce extends RawProduceResponse {
  readonly clientSideThrottleTime: number;
}

const produceKey = 0;
/** The first version with record batches, and the last that kafkajs knows: both laid out alike. */
const oldestVersion = 3;
const newestVersion = 7;

/** A request with a batch per partition; all batches are of one identity. */
export function createProduceExchange(
  batches: readonly ProduceBatch[],
  options: ProduceExchangeOptions,
): Exchange<DecodedProduce> {
  const apiVersion = Math.max(
    oldestVersion,
    Math.min(newestVersion, options.versions[produceKey]?.maxVersion ?? 0),
  );
  return {
    apiKey: produceKey,
    apiVersion,
    apiName: 'Produce',
    // The broker gives up first, and says so.
    timeoutMs: options.timeoutMs + 500,
    encode: () =>
      encodeRequest(batches, options).catch((error: unknown) => {
        throw new EncodingError(error);
      }),
    decode: async (payload) => decodeResponse(payload, apiVersion),
  };
}

async function encodeRequest(
  batches: readonly ProduceBatch[],
  options: ProduceExchangeOptions,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const { compression, nowMs } = options;
  const codec = compression === 0 ? undefined : options.findCodec(compression);
  const head = Buffer.allocUnsafe(12);
  head.writeInt16BE(-1, 0); // no transaction
  head.writeInt16BE(-1, 2); // acks of all in-sync replicas
  head.writeInt32BE(options.timeoutMs, 4);
  const byTopic = groupByTopic(batches);
  head.writeInt32BE(byTopic.size, 8);
  parts.push(head);
  for (const [topic, own] of byTopic) {
    parts.push(encodeTopicHead(topic, own.length));
    for (const batch of own) {
      const fields: RecordBatchFields = {
        producerId: BigInt(batch.identity.producerId),
        producerEpoch: batch.identity.producerEpoch,
        firstSequence: batch.firstSequence,
        timestampMs: nowMs,
        compression,
        codec,
      };
      const records = batch.records.map((pending) => pending.record);
      const bytes =
        codec === undefined ? encodePlainBatch(records, fields) : await encodeRecordBatch(records, fields);
      const place = Buffer.allocUnsafe(8);
      place.writeInt32BE(batch.queue.partition, 0);
      place.writeInt32BE(bytes.length, 4);
      parts.push(place, bytes);
    }
  }
  return Buffer.concat(parts);
}

function groupByTopic(batches: readonly ProduceBatch[]): ReadonlyMap<string, ProduceBatch[]> {
  const byTopic = new Map<string, ProduceBatch[]>();
  for (const batch of batches) {
    const own = byTopic.get(batch.queue.topic);
    if (own === undefined) byTopic.set(batch.queue.topic, [batch]);
    else own.push(batch);
  }
  return byTopic;
}

function encodeTopicHead(topic: string, partitions: number): Buffer {
  const length = Buffer.byteLength(topic);
  const head = Buffer.allocUnsafe(2 + length + 4);
  head.writeInt16BE(length, 0);
  head.write(topic, 2, length, 'utf8');
  head.writeInt32BE(partitions, 2 + length);
  return head;
}

function decodeResponse(payload: Buffer, version: number): DecodedProduce {
  const reader = new WireReader(payload);
  const topics: {
    topicName: string;
    partitions: { partition: number; errorCode: number; baseOffset: number }[];
  }[] = [];
  for (let count = reader.int32(); count > 0; count--) {
    const topicName = reader.string();
    const partitions = [];
    for (let own = reader.int32(); own > 0; own--) {
      const answer = { partition: reader.int32(), errorCode: reader.int16(), baseOffset: reader.int64() };
      reader.advance(version >= 5 ? 16 : 8); // append time, log start offset
      partitions.push(answer);
    }
    topics.push({ topicName, partitions });
  }
  const throttleMs = reader.int32();
  // KIP-219: from version 6 on it is the client who pauses.
  return { topics, clientSideThrottleTime: version >= 6 ? throttleMs : 0 };
}
