/** Writes one record that somebody waits for: what is rare enough to have a promise of its own. */
import type { OutgoingRecord, RecordPosition } from '../driver/record.js';
import type { RecordBatcher } from './record-batcher.js';

/** Resolves with its place when the brokers have it, rejects with why they have not. `bytes` is its estimated size on the wire. */
export function writeRecord(
  batcher: RecordBatcher,
  record: OutgoingRecord,
  bytes: number,
): Promise<RecordPosition> {
  return new Promise((delivered, failed) => {
    batcher.add({ bytes, toRecord: () => record, delivered, failed });
  });
}
