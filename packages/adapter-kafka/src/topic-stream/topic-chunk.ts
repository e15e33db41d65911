/** A stretch of a partition as one fetch brought it, as whoever reads the topic holds it. */
import type { FetchedRange, IncomingRecord, UnreadableRange } from '@trpc-kafka/core';

/** A record, or a batch of them that cannot be read. */
export type TopicEntry = IncomingRecord | UnreadableRange;

/** Makes the data of a record. */
export type TopicDecoder<TData> = (record: IncomingRecord) => TData;

/** A stretch of a partition. */
export interface TopicChunk {
  readonly partition: number;
  /** The first offset it covers, and the one behind the last. */
  readonly from: number;
  readonly next: number;
  /** In offset order. Emptied when the chunk is dropped: whoever still refers to it holds no records. */
  entries: readonly TopicEntry[];
  dropped: boolean;
  /** What a decoder made of its records, for all who have the same decoder. */
  decoded: { readonly decode: TopicDecoder<unknown>; readonly values: Map<number, unknown> } | undefined;
}

/** Makes a chunk of what was fetched. */
export function toTopicChunk(from: number, range: FetchedRange): TopicChunk {
  const { partition, records, unreadable, nextOffset } = range;
  const entries: readonly TopicEntry[] =
    unreadable.length === 0
      ? records
      : [...records, ...unreadable].sort((a, b) => firstOffsetOf(a) - firstOffsetOf(b));
  return { partition, from, next: nextOffset, entries, dropped: false, decoded: undefined };
}

/** Takes the records out of it. */
export function dropChunk(chunk: TopicChunk): void {
  chunk.entries = [];
  chunk.decoded = undefined;
  chunk.dropped = true;
}

/** True for records that cannot be read. */
export function isUnreadable(entry: TopicEntry): entry is UnreadableRange {
  return 'error' in entry;
}

/** The first offset of an entry. */
export function firstOffsetOf(entry: TopicEntry): number {
  return isUnreadable(entry) ? entry.firstOffset : entry.offset;
}

/** The last offset of an entry. */
export function lastOffsetOf(entry: TopicEntry): number {
  return isUnreadable(entry) ? entry.lastOffset : entry.offset;
}

/** The data of a record; made once for all who share the chunk and the decoder. */
export function decodeIn<TData>(
  chunk: TopicChunk,
  record: IncomingRecord,
  decode: TopicDecoder<TData>,
): TData {
  chunk.decoded ??= { decode, values: new Map() };
  const { values } = chunk.decoded;
  if (chunk.decoded.decode !== decode) return decode(record);
  if (values.has(record.offset)) return values.get(record.offset) as TData;
  const value = decode(record);
  values.set(record.offset, value);
  return value;
}

/** What an object costs beside the bytes of its record: buffers, headers, the record itself. */
const overheadBytes = 300;

/** About how much memory the records of a chunk take. */
export function chunkBytes(chunk: TopicChunk): number {
  let bytes = overheadBytes;
  for (const entry of chunk.entries) {
    if (!isUnreadable(entry)) bytes += recordBytes(entry);
  }
  return bytes;
}

function recordBytes({ key, value, headers }: IncomingRecord): number {
  let bytes = overheadBytes + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) {
    const header = headers[name];
    for (const one of Array.isArray(header) ? header : [header]) bytes += name.length + (one?.length ?? 0);
  }
  return bytes;
}
