/**
 * Builds record batches byte by byte, so that tests can send what no client would.
 *
 * Owns: the format, written down a second time on purpose: the broker must agree with it.
 */
import { gzipSync } from 'node:zlib';
import { crc32c } from '../../src/wire/crc32c.js';

export interface TestRecord {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly timestamp?: number;
}

export interface TestBatch {
  readonly records?: readonly TestRecord[];
  readonly baseTimestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly attributes?: number;
  readonly baseOffset?: number;
  readonly magic?: number;
  readonly gzip?: boolean;
}

function varlong(value: number): number[] {
  let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; zigzag > 0x7fn; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80);
  return [...bytes, Number(zigzag)];
}

function field(text: string | null | undefined): number[] {
  if (text === null || text === undefined) return varlong(-1);
  const bytes = Buffer.from(text);
  return [...varlong(bytes.length), ...bytes];
}

function record({ key, value, timestamp }: TestRecord, offsetDelta: number, baseTimestamp: number): number[] {
  const body = [
    0,
    ...varlong((timestamp ?? baseTimestamp) - baseTimestamp),
    ...varlong(offsetDelta),
    ...field(key),
    ...field(value),
    ...varlong(0),
  ];
  return [...varlong(body.length), ...body];
}

/** A batch with a right checksum. */
export function recordBatch(batch: TestBatch = {}): Buffer {
  const { records = [{ value: 'v' }], producerId = -1, producerEpoch = -1, baseSequence = -1 } = batch;
  const timestamps = records.map((r) => r.timestamp ?? batch.baseTimestamp ?? Date.now());
  const baseTimestamp = batch.baseTimestamp ?? timestamps[0] ?? 0;
  const plain = Buffer.from(records.flatMap((r, i) => record(r, i, baseTimestamp)));
  const body = batch.gzip ? gzipSync(plain) : plain;
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(batch.baseOffset ?? 0), 0);
  header.writeInt32BE(61 - 12 + body.length, 8);
  header.writeInt8(batch.magic ?? 2, 16);
  header.writeInt16BE((batch.attributes ?? 0) | (batch.gzip ? 1 : 0), 21);
  header.writeInt32BE(records.length - 1, 23);
  header.writeBigInt64BE(BigInt(baseTimestamp), 27);
  header.writeBigInt64BE(BigInt(Math.max(baseTimestamp, ...timestamps)), 35);
  header.writeBigInt64BE(BigInt(producerId), 43);
  header.writeInt16BE(producerEpoch, 51);
  header.writeInt32BE(baseSequence, 53);
  header.writeInt32BE(records.length, 57);
  const whole = Buffer.concat([header, body]);
  whole.writeUInt32BE(crc32c(whole, 21), 17);
  return whole;
}

/** The whole batches in the records of a fetch answer, with the header fields tests look at; a cut-off end is left out. */
export function batchesIn(records: Buffer | null) {
  const batches = [];
  for (let at = 0; records !== null && at + 12 <= records.length; ) {
    const end = at + 12 + records.readInt32BE(at + 8);
    if (end > records.length) break;
    const bytes = records.subarray(at, end);
    batches.push({
      baseOffset: Number(bytes.readBigInt64BE(0)),
      leaderEpoch: bytes.readInt32BE(12),
      attributes: bytes.readInt16BE(21),
      maxTimestamp: Number(bytes.readBigInt64BE(35)),
      recordCount: bytes.readInt32BE(57),
      isCrcRight: bytes.readUInt32BE(17) === crc32c(bytes, 21),
      bytes,
    });
    at += bytes.length;
  }
  return batches;
}
