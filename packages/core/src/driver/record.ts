/**
 * Records as the driver seam sees them: what goes out, what comes in, where a record is.
 * Owns: the plain data every driver speaks. Must not know: the wire protocol of trpc-kafka, any Kafka client.
 */

/** A place in Kafka. Offsets are numbers: 2^53 records per partition are out of reach, and `bigint` costs on each record. */
export interface RecordPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record to be written. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: OutgoingHeaders;
}

/** What was encoded, as a record's value. The bytes are not copied. */
export function toRecordValue(encoded: string | Uint8Array): Buffer | string {
  if (typeof encoded === 'string' || Buffer.isBuffer(encoded)) return encoded;
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}

/** How many bytes it is in a record. */
export function encodedBytes(encoded: string | Uint8Array): number {
  return typeof encoded === 'string' ? Buffer.byteLength(encoded) : encoded.byteLength;
}

/** Headers of an outgoing record: an array where a name is to occur more than once. */
export type OutgoingHeaders = Readonly<Record<string, OutgoingHeader>>;

/** A header's value, or its values. */
export type OutgoingHeader = Buffer | string | readonly (Buffer | string)[];

/** A record that was read. Its buffers may be views into one fetch response: decode or copy, do not keep them. */
export interface IncomingRecord extends RecordPosition {
  /** Append or creation time, whichever the topic keeps, in ms since 1970. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IncomingHeaders;
}

/** A header's value; `null` where the record has a name without a value. */
export type IncomingHeader = Buffer | string | null;

/** Headers of an incoming record: an array where a name occurred more than once, `null` where it has no value. */
export type IncomingHeaders = Readonly<
  Record<string, IncomingHeader | readonly IncomingHeader[] | undefined>
>;

/** The last value of a header, as Kafka's own `lastHeader` reads it; `undefined` where there is none. */
export function lastHeader(headers: IncomingHeaders, name: string): Buffer | string | undefined {
  const value = headers[name];
  const last = Array.isArray(value)
    ? (value as readonly IncomingHeader[]).at(-1)
    : (value as IncomingHeader | undefined);
  return last ?? undefined;
}

/** Records of one partition, in offset order, as one fetch brought them. */
export interface FetchedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly IncomingRecord[];
  /** The offset after the partition's last readable record at the time of the fetch. */
  readonly highWatermark: number;
}
