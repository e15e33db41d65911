/**
 * Record batches of format 2 (KIP-98) whose records are a value each: no key, no header, no compression.
 * Owns: the byte layout. Must not know: requests.
 * https://kafka.apache.org/documentation/#recordbatch
 */
import { crc32c } from '@node-rs/crc32';
import { VarintCursor, varintBytes, writeVarint } from './varint.ts';

const headerBytes = 61;
/** Base offset and length: what stands before that which the length counts. */
const prefixBytes = 12;
const lengthAt = 8;
const magicAt = 16;
const crcAt = 17;
const attributesAt = 21;
const lastOffsetDeltaAt = 23;
const countAt = 57;
/** Of a record besides its value: attributes, time delta, no key, no headers. */
const fixedRecordBytes = 4;
const compressionMask = 0b111;
const controlBit = 0b10_0000;

/** The size of the batch that `writeRecordBatch` makes of these values. */
export function recordBatchBytes(values: readonly Buffer[]): number {
  let total = headerBytes;
  for (let i = 0; i < values.length; i++) {
    const size = recordBytes(values[i]!, i);
    total += varintBytes(size) + size;
  }
  return total;
}

/** Writes the batch from `start` to the end of `target`, which must have just room for it. */
export function writeRecordBatch(target: Buffer, values: readonly Buffer[], start: number): void {
  let at = start + headerBytes;
  for (let i = 0; i < values.length; i++) at = writeRecord(target, values[i]!, { at, offsetDelta: i });
  const timestamp = BigInt(Date.now());
  target.fill(0, start, start + lengthAt); // base offset: the broker's
  target.writeInt32BE(at - start - prefixBytes, start + lengthAt);
  target.writeInt32BE(-1, start + 12); // leader epoch: the broker's
  target.writeInt8(2, start + magicAt);
  target.writeInt16BE(0, start + attributesAt);
  target.writeInt32BE(values.length - 1, start + lastOffsetDeltaAt);
  target.writeBigInt64BE(timestamp, start + 27);
  target.writeBigInt64BE(timestamp, start + 35);
  target.fill(0xff, start + 43, start + countAt); // no producer id, epoch, sequence
  target.writeInt32BE(values.length, start + countAt);
  target.writeUInt32BE(crc32c(target.subarray(start + attributesAt, at)), start + crcAt);
}

function recordBytes(value: Buffer, offsetDelta: number): number {
  return fixedRecordBytes + varintBytes(offsetDelta) + varintBytes(value.length) + value.length;
}

function writeRecord(target: Buffer, value: Buffer, place: { at: number; offsetDelta: number }): number {
  let at = writeVarint(target, recordBytes(value, place.offsetDelta), place.at);
  target[at++] = 0; // attributes: none are defined
  target[at++] = 0; // time since the batch's first: one time for all
  at = writeVarint(target, place.offsetDelta, at);
  at = writeVarint(target, -1, at); // no key
  at = writeVarint(target, value.length, at);
  target.set(value, at);
  at += value.length;
  target[at++] = 0; // no headers
  return at;
}

/** The offset behind the last whole batch, `fallback` where there is none: all that the next fetch needs to know. */
export function offsetBehind(batches: Buffer, fallback: number): number {
  let next = fallback;
  for (let at = 0; isWholeBatch(batches, at); at = endOfBatch(batches, at)) {
    next = Number(batches.readBigInt64BE(at)) + batches.readInt32BE(at + lastOffsetDeltaAt) + 1;
  }
  return next;
}

/** The values of all whole batches from an offset on, as views. Throws where a batch is of another kind than those written here. */
export function readValues(batches: Buffer, fromOffset: number): Buffer[] {
  const values: Buffer[] = [];
  for (let at = 0; isWholeBatch(batches, at); at = endOfBatch(batches, at)) {
    const baseOffset = Number(batches.readBigInt64BE(at));
    assertPlain(batches, at, baseOffset);
    const cursor = new VarintCursor(batches, at + headerBytes);
    for (let left = batches.readInt32BE(at + countAt); left > 0; left--) {
      const size = cursor.next();
      const end = cursor.at + size;
      cursor.at += 1; // attributes
      cursor.next(); // time delta
      const offset = baseOffset + cursor.next();
      const keyLength = cursor.next();
      cursor.at += Math.max(0, keyLength);
      const length = cursor.next();
      if (offset >= fromOffset) values.push(batches.subarray(cursor.at, cursor.at + Math.max(0, length)));
      cursor.at = end;
    }
  }
  return values;
}

function assertPlain(batches: Buffer, at: number, baseOffset: number): void {
  const magic = batches.readInt8(at + magicAt);
  const attributes = batches.readInt16BE(at + attributesAt);
  if (magic === 2 && (attributes & (compressionMask | controlBit)) === 0) return;
  throw new Error(
    `the batch at offset ${baseOffset} has format ${magic} and attributes ${attributes}: only plain batches of format 2 are read here`,
  );
}

/** A fetch may end in the midst of a batch. */
function isWholeBatch(batches: Buffer, at: number): boolean {
  return at + headerBytes <= batches.length && endOfBatch(batches, at) <= batches.length;
}

function endOfBatch(batches: Buffer, at: number): number {
  return at + prefixBytes + batches.readInt32BE(at + lengthAt);
}
