/**
 * Record batches of format 2 as they come in a fetch.
 * Owns: the byte layout, and that one batch that cannot be read (a codec nobody installed, a bomb, rubbish) costs nothing
 * but itself: kafkajs throws for it, fetches it again, and its partition stands still for ever.
 * Must not know: requests, what the records are.
 * https://kafka.apache.org/documentation/#recordbatch
 */
import type { UnreadableRange } from '../../partition-fetcher.js';
import type { IncomingHeaders } from '../../record.js';
import type { RawFetchedMessage } from '../broker-requests.js';
import { WireReader } from './wire-reader.js';

/** How batches are read. */
export interface RecordBatchReading {
  /** Undoes a compression, by its type; throws when it is not installed or the result would be too large. */
  readonly decompress: (type: number, bytes: Buffer) => Promise<Buffer>;
  /** Transactions whose records are left out. @default none */
  readonly aborted?: readonly AbortedTransaction[];
  /** Told of a batch that was left out because it cannot be read. */
  readonly onUnreadable: (batch: UnreadableBatch) => void;
  /** @default {@link fetchLimits} */
  readonly limits?: FetchLimits;
}

/** How much is taken in at once. A record of seven bytes costs some hundreds as an object, and a packed one still less on the wire. */
export interface FetchLimits {
  /** Most records of a batch; one that has more is left out. When so many have been read, further batches wait for the next fetch. */
  readonly records: number;
  /** When compressed batches have unpacked to so many bytes, further ones wait likewise. */
  readonly unpackedBytes: number;
}

/** More than producers put into a batch by far, and less than a process has room for. */
export const fetchLimits: FetchLimits = { records: 250_000, unpackedBytes: 64 * 1024 * 1024 };

/** A batch that was left out. */
export type UnreadableBatch = UnreadableRange;

/** A transaction that was aborted, of those that touch what was fetched. Its records end at its control record. */
export interface AbortedTransaction {
  /** As a number: equal ids read equal, which is all that is asked of them. */
  readonly producerId: number;
  readonly firstOffset: number;
}

const batchHeaderBytes = 61;
/** Bytes before those that the batch's length counts. */
const lengthEnd = 12;

/**
 * Reads the batches of one partition. A batch that is cut off at the end, as fetches have it, is left for the next fetch.
 * Where the last offsets of a batch have no record (control records, compaction, an unreadable batch), a control record
 * stands for them, so that the reader's position moves on.
 */
export async function decodeRecordBatches(
  bytes: Buffer,
  reading: RecordBatchReading,
): Promise<RawFetchedMessage[]> {
  const messages: RawFetchedMessage[] = [];
  const { limits = fetchLimits } = reading;
  const isAborted = createAbortedFilter(reading.aborted ?? []);
  let unpackedBytes = 0;
  let at = 0;
  while (
    bytes.length - at >= batchHeaderBytes &&
    messages.length < limits.records &&
    unpackedBytes < limits.unpackedBytes
  ) {
    const end = at + lengthEnd + bytes.readInt32BE(at + 8);
    if (end > bytes.length || end < at + batchHeaderBytes) break;
    const header = readHeader(bytes, at);
    const body = bytes.subarray(at + batchHeaderBytes, end);
    if (isAborted(header, body)) messages.push(placeholder(header.lastOffset, header));
    else unpackedBytes += await readBatch({ header, body, messages, reading, maxRecords: limits.records });
    at = end;
  }
  return messages;
}

interface BatchHeader {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly magic: number;
  readonly attributes: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly count: number;
}

function readHeader(bytes: Buffer, at: number): BatchHeader {
  const reader = new WireReader(bytes, at);
  const firstOffset = reader.int64();
  reader.advance(8); // length, leader epoch
  const magic = reader.int8();
  reader.advance(4); // checksum: TCP has its own, and brokers have verified it
  const attributes = reader.int16();
  const lastOffset = firstOffset + reader.int32();
  const firstTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = reader.int64();
  reader.advance(6); // epoch, sequence
  const count = reader.int32();
  return { firstOffset, lastOffset, magic, attributes, firstTimestamp, maxTimestamp, producerId, count };
}

interface BatchInHand {
  readonly header: BatchHeader;
  readonly body: Buffer;
  readonly messages: RawFetchedMessage[];
  readonly reading: RecordBatchReading;
  readonly maxRecords: number;
}

const compressionMask = 0x07;
const appendTimeFlag = 0x08;
const transactionalFlag = 0x10;
const controlFlag = 0x20;

/**
 * Tells which batches belong to aborted transactions, asked in offset order: from the transaction's first offset to its
 * control record, as Kafka's own consumer does it (KIP-98, CompletedFetch.java).
 */
function createAbortedFilter(
  aborted: readonly AbortedTransaction[],
): (header: BatchHeader, body: Buffer) => boolean {
  if (aborted.length === 0) return () => false;
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<number>();
  return ({ attributes, lastOffset, producerId }, body) => {
    while (waiting.length > 0 && waiting[0]!.firstOffset <= lastOffset) open.add(waiting.shift()!.producerId);
    if ((attributes & transactionalFlag) === 0) return false;
    if ((attributes & controlFlag) === 0) return open.has(producerId);
    if (isAbortMarker(body)) open.delete(producerId);
    return false;
  };
}

/** The key of a control record is its version and its type; 0 is an abort. */
function isAbortMarker(body: Buffer): boolean {
  const reader = new WireReader(body);
  reader.varint(); // length
  reader.advance(1); // attributes
  reader.varint(); // timestamp
  reader.varint(); // offset
  const key = reader.varintBytes();
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
}

/** Answers how many bytes were unpacked. */
async function readBatch({ header, body, messages, reading, maxRecords }: BatchInHand): Promise<number> {
  const { attributes, firstOffset, lastOffset, count } = header;
  const before = messages.length;
  let unpackedBytes = 0;
  try {
    if (header.magic !== 2) throw new RangeError(`record format ${header.magic} is not supported`);
    if (count > maxRecords)
      throw new RangeError(`the batch has ${count} records, at most ${maxRecords} are read`);
    const compression = attributes & compressionMask;
    const records = compression === 0 ? body : await reading.decompress(compression, body);
    if (compression !== 0) unpackedBytes = records.length;
    readRecords(header, records, messages);
  } catch (error) {
    // What was read of it is taken back: a batch is delivered as a whole or not at all.
    messages.length = before;
    reading.onUnreadable({ firstOffset, lastOffset, error: error as Error });
  }
  if (Number(messages.at(-1)?.offset ?? -1) < lastOffset) messages.push(placeholder(lastOffset, header));
  return unpackedBytes;
}

function readRecords(header: BatchHeader, bytes: Buffer, messages: RawFetchedMessage[]): void {
  const { firstOffset, firstTimestamp, attributes, count } = header;
  const isControlRecord = (attributes & controlFlag) !== 0;
  const appendTime = (attributes & appendTimeFlag) === 0 ? undefined : String(header.maxTimestamp);
  const reader = new WireReader(bytes);
  for (let i = 0; i < count; i++) {
    const end = reader.varint() + reader.position;
    if (end > bytes.length) throw new RangeError('a record is longer than its batch');
    reader.advance(1); // attributes: none are defined
    const timestampDelta = reader.varint();
    const offset = firstOffset + reader.varint();
    const key = reader.varintBytes();
    const value = reader.varintBytes();
    messages.push({
      offset: String(offset),
      timestamp: appendTime ?? String(firstTimestamp + timestampDelta),
      key,
      value,
      headers: readHeaders(reader),
      isControlRecord,
      batchContext: noContext,
    });
    if (reader.position !== end) throw new RangeError('a record does not end where it says');
  }
}

function readHeaders(reader: WireReader): IncomingHeaders {
  const count = reader.varint();
  const headers: Record<string, IncomingHeaders[string]> = {};
  for (let i = 0; i < count; i++) {
    const name = String(reader.varintBytes() ?? '');
    const value = reader.varintBytes();
    if (!Object.hasOwn(headers, name)) setHeader(headers, name, value);
    else {
      const given = headers[name];
      // Added to in place: a name may stand there as often as a record has room.
      if (Array.isArray(given)) given.push(value);
      else setHeader(headers, name, [given as Buffer | null, value]);
    }
  }
  return headers;
}

/** A plain assignment to `__proto__` would set the prototype. */
function setHeader(headers: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') headers[name] = value;
  else Object.defineProperty(headers, name, { value, enumerable: true, configurable: true });
}

function placeholder(offset: number, { maxTimestamp }: BatchHeader): RawFetchedMessage {
  return {
    offset: String(offset),
    timestamp: String(maxTimestamp),
    key: null,
    value: null,
    headers: {},
    isControlRecord: true,
    batchContext: noContext,
  };
}

/** What kafkajs looks at when records of aborted transactions are to be left out, which we never ask for. */
const noContext = Object.freeze({ inTransaction: false, producerId: '-1' });
