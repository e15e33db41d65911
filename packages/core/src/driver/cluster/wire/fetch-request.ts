/**
 * Requests of Fetch, version 11.
 * Owns: the layout. Must not know: who fetches, what is done with the answer.
 */
import type { RawFetchRequest } from '../broker-requests.js';

/** What stands once in each request: up to the number of topics 29 bytes, behind them no forgotten topics and the rack. */
const headBytes = 29;
const tailBytes = 6;
const partitionBytes = 28;

/**
 * Lays a request out in one buffer. The topics begin elsewhere each time, and so do the partitions of each: a broker fills
 * its answer in this order until that is full (KIP-74), so that nobody is last for ever.
 */
export function encodeFetchRequest(request: RawFetchRequest, turn: number): Buffer {
  const { topics, rackId = '' } = request;
  const names = topics.map(({ topic }) => Buffer.from(topic));
  const bytes = Buffer.allocUnsafe(sizeOf(request, names) + Buffer.byteLength(rackId));
  bytes.writeInt32BE(-1, 0); // no replica
  bytes.writeInt32BE(request.maxWaitTime, 4);
  bytes.writeInt32BE(request.minBytes, 8);
  bytes.writeInt32BE(request.maxBytes, 12);
  bytes.writeInt8(request.isolationLevel, 16);
  bytes.writeInt32BE(0, 17); // no session (KIP-227), whose place at the broker
  bytes.writeInt32BE(-1, 21); // would be another's; and none is to be opened
  bytes.writeInt32BE(topics.length, 25);
  let at = headBytes;
  for (let i = 0; i < topics.length; i++) {
    const index = (i + turn) % topics.length;
    const name = names[index]!;
    const { partitions } = topics[index]!;
    at = bytes.writeInt16BE(name.length, at);
    at += name.copy(bytes, at);
    at = bytes.writeInt32BE(partitions.length, at);
    for (let k = 0; k < partitions.length; k++) {
      at = writePartition(bytes, at, partitions[(k + turn) % partitions.length]!);
    }
  }
  at = bytes.writeInt32BE(0, at);
  at = bytes.writeInt16BE(Buffer.byteLength(rackId), at);
  bytes.write(rackId, at);
  return bytes;
}

function sizeOf({ topics }: RawFetchRequest, names: readonly Buffer[]): number {
  let size = headBytes + tailBytes;
  for (let i = 0; i < topics.length; i++) {
    size += 6 + names[i]!.length + partitionBytes * topics[i]!.partitions.length;
  }
  return size;
}

function writePartition(
  bytes: Buffer,
  start: number,
  { partition, fetchOffset, maxBytes }: RawFetchRequest['topics'][number]['partitions'][number],
): number {
  let at = bytes.writeInt32BE(partition, start);
  at = bytes.writeInt32BE(-1, at); // no leader epoch
  const offset = Number(fetchOffset);
  at = bytes.writeInt32BE(Math.floor(offset / 4_294_967_296), at);
  at = bytes.writeUInt32BE(offset % 4_294_967_296, at);
  at = bytes.writeInt32BE(-1, at); // no log start, which followers send
  at = bytes.writeInt32BE(-1, at);
  return bytes.writeInt32BE(maxBytes, at);
}
