/**
 * Record batches of format 2 (KIP-98), written into one buffer. kafkajs makes several objects and copies per field: this
 * is the hottest code on the way out, and takes a third of the time.
 * Owns: the byte layout. Must not know: requests, topics.
 * https://kafka.apache.org/documentation/#recordbatch
 */
import type { OutgoingHeader, OutgoingRecord } from '../../record.js';
import type { CompressionCodec } from './compression.js';
import { crc32c } from './crc32c.js';

/** What a batch carries besides its records. */
export interface RecordBatchFields {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly timestampMs: number;
  /** Type as in the batch's attributes; 0 is none. */
  readonly compression: number;
  readonly codec: CompressionCodec | undefined;
}

const headerBytes = 61;
const crcAt = 17;
const attributesAt = 21;

/** Encodes records as one batch. Throws `TypeError` for a part that is neither text nor bytes. */
export async function encodeRecordBatch(
  records: readonly OutgoingRecord[],
  fields: RecordBatchFields,
): Promise<Buffer> {
  const { codec } = fields;
  if (codec === undefined || fields.compression === 0) return encodePlainBatch(records, fields);
  const plain = encodeRecords(records, 0);
  const packed = await codec.compress({ buffer: plain });
  const batch = Buffer.allocUnsafe(headerBytes + packed.length);
  packed.copy(batch, headerBytes);
  writeHeader(batch, records.length, fields);
  return batch;
}

/** The same without compression, at once. */
export function encodePlainBatch(records: readonly OutgoingRecord[], fields: RecordBatchFields): Buffer {
  const batch = encodeRecords(records, headerBytes);
  writeHeader(batch, records.length, fields);
  return batch;
}

/** Records behind `offset` bytes that are left free. */
function encodeRecords(records: readonly OutgoingRecord[], offset: number): Buffer {
  const sizes: number[] = [];
  let total = offset;
  for (let i = 0; i < records.length; i++) {
    const size = sizeOfRecord(records[i]!, i);
    sizes.push(size);
    total += sizeOfVarint(size) + size;
  }
  const bytes = Buffer.allocUnsafe(total);
  let at = offset;
  for (let i = 0; i < records.length; i++) {
    at = writeVarint(bytes, sizes[i]!, at);
    at = writeRecord(bytes, records[i]!, { offsetDelta: i, at });
  }
  return bytes;
}

function writeHeader(batch: Buffer, count: number, fields: RecordBatchFields): void {
  const { producerId, producerEpoch, firstSequence, timestampMs, compression } = fields;
  batch.fill(0, 0, 8); // base offset: the broker's
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12); // leader epoch: the broker's
  batch.writeInt8(2, 16); // magic
  batch.writeInt16BE(compression, attributesAt);
  batch.writeInt32BE(count - 1, 23);
  writeInt64(batch, timestampMs, 27);
  writeInt64(batch, timestampMs, 35);
  batch.writeBigInt64BE(producerId, 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(firstSequence, 53);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(crc32c(batch, attributesAt, batch.length), crcAt);
}

function sizeOfRecord({ key, value, headers }: OutgoingRecord, offsetDelta: number): number {
  let size = 2 + sizeOfVarint(offsetDelta) + sizeOfBytes(key) + sizeOfBytes(value);
  let count = 0;
  for (const name in headers) {
    const value = headers[name]!;
    if (isList(value)) {
      for (const each of value) size += sizeOfBytes(name) + sizeOfBytes(each);
      count += value.length;
    } else {
      size += sizeOfBytes(name) + sizeOfBytes(value);
      count++;
    }
  }
  return size + sizeOfVarint(count);
}

/** `Array.isArray` takes no read-only array for one, as far as types go. */
function isList(value: OutgoingHeader): value is readonly (Buffer | string)[] {
  return Array.isArray(value);
}

interface RecordPlace {
  readonly offsetDelta: number;
  readonly at: number;
}

function writeRecord(bytes: Buffer, record: OutgoingRecord, place: RecordPlace): number {
  const { key, value, headers } = record;
  let at = place.at;
  bytes[at++] = 0; // attributes: none are defined
  bytes[at++] = 0; // time since the batch's first: one time for all
  at = writeVarint(bytes, place.offsetDelta, at);
  at = writeBytes(bytes, key, at);
  at = writeBytes(bytes, value, at);
  let count = 0;
  for (const name in headers) {
    const value = headers[name]!;
    count += isList(value) ? value.length : 1;
  }
  at = writeVarint(bytes, count, at);
  for (const name in headers) {
    const value = headers[name]!;
    if (isList(value)) for (const each of value) at = writeBytes(bytes, each, writeBytes(bytes, name, at));
    else at = writeBytes(bytes, value, writeBytes(bytes, name, at));
  }
  return at;
}

function sizeOfBytes(part: Buffer | string | null): number {
  if (part === null) return 1;
  // Buffer.byteLength throws a TypeError for what is neither.
  const length = Buffer.byteLength(part);
  return sizeOfVarint(length) + length;
}

function writeBytes(bytes: Buffer, part: Buffer | string | null, at: number): number {
  if (part === null) return writeVarint(bytes, -1, at);
  if (typeof part === 'string') {
    const length = Buffer.byteLength(part);
    const start = writeVarint(bytes, length, at);
    bytes.write(part, start, length, 'utf8');
    return start + length;
  }
  const start = writeVarint(bytes, part.length, at);
  bytes.set(part, start);
  return start + part.length;
}

function sizeOfVarint(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let size = 1;
  while (rest >= 0x80) {
    size++;
    rest >>>= 7;
  }
  return size;
}

function writeVarint(bytes: Buffer, value: number, start: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / 4_294_967_296), at);
  bytes.writeUInt32BE(value % 4_294_967_296, at + 4);
}
