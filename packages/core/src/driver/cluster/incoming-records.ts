/** Fetched messages as records of the driver seam. */
import type { IncomingRecord } from '../record.js';
import type { RawFetchedMessage } from './broker-requests.js';

/** A partition whose messages are converted. */
export interface FetchedPlace {
  readonly topic: string;
  readonly partition: number;
}

/**
 * Converts messages from `nextOffset` on. Earlier ones are left out, because a fetch returns whole batches; so are control
 * records, which transactions leave behind (KIP-98).
 */
export function toIncomingRecords(
  place: FetchedPlace,
  messages: readonly RawFetchedMessage[],
  nextOffset: number,
): IncomingRecord[] {
  const records: IncomingRecord[] = [];
  for (const message of messages) {
    const offset = Number(message.offset);
    if (offset < nextOffset || message.isControlRecord === true) continue;
    records.push({
      topic: place.topic,
      partition: place.partition,
      offset,
      timestampMs: Number(message.timestamp),
      key: message.key,
      value: message.value,
      headers: message.headers ?? noHeaders,
    });
  }
  return records;
}

const noHeaders: IncomingRecord['headers'] = Object.freeze({});

/** The offset after the last message, control records included; `nextOffset` when there is none. */
export function offsetAfter(messages: readonly RawFetchedMessage[], nextOffset: number): number {
  const last = messages.at(-1);
  return last === undefined ? nextOffset : Math.max(nextOffset, Number(last.offset) + 1);
}
