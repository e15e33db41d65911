/**
 * Looks inside a record batch, for the few questions that need it: which record has a timestamp, is
 * there a record without a key.
 *
 * Owns: walking records. Must not know: partitions. Batches compressed with something Node cannot undo
 * give undefined, and the caller falls back to what the batch header says.
 */
import { gunzipSync } from 'node:zlib';
import { WireReader } from '../wire/wire-reader.js';
import { type BatchHeader, RECORDS_AT } from './record-batch.js';

const MAX_INFLATED_BYTES = 256 * 1024 * 1024;

/** One record of a batch, as far as a broker cares. */
export interface RecordPosition {
  readonly offsetDelta: number;
  readonly timestamp: number;
  readonly hasKey: boolean;
}

/** The records of a batch, or undefined where its compression cannot be undone here. */
export function recordsOf(batch: Buffer, header: BatchHeader): RecordPosition[] | undefined {
  const body = inflate(batch.subarray(RECORDS_AT), header.compression);
  if (body === undefined) return undefined;
  const reader = new WireReader(body);
  const found: RecordPosition[] = [];
  for (let i = 0; i < header.recordCount; i++) {
    const next = reader.varint() + reader.offset;
    reader.int8();
    const timestamp = header.baseTimestamp + reader.varlong();
    const offsetDelta = reader.varint();
    found.push({ timestamp, offsetDelta, hasKey: reader.varint() >= 0 });
    reader.offset = next;
  }
  return found;
}

function inflate(body: Buffer, compression: number): Buffer | undefined {
  if (compression === 0) return body;
  if (compression === 1) return gunzipSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
  return undefined;
}
