/** Records to write, and what was read of them. */
import type { IncomingRecord, KafkaDriver, OutgoingRecord, ProduceOutcome } from '@trpc-kafka/core';
import { type Collector, createCollector } from '../support/collector.js';

/** A record with a text as its value. */
export function record(place: { topic: string; partition?: number }, value: string | Buffer): OutgoingRecord {
  return { topic: place.topic, partition: place.partition ?? 0, key: null, value, headers: {} };
}

/** Records with the texts `<name>0`, `<name>1` and so on. */
export function numbered(
  place: { topic: string; partition?: number },
  count: number,
  name = '',
): OutgoingRecord[] {
  return Array.from({ length: count }, (_, i) => record(place, `${name}${i}`));
}

/** Writes records and fails when one of them was not written. Returns their offsets. */
export async function write(
  driver: KafkaDriver,
  records: readonly OutgoingRecord[],
): Promise<readonly number[]> {
  const outcomes = await driver.produce(records);
  return outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error;
    return outcome.position.offset;
  });
}

/** An outcome in short: its offset, or the code of its error. */
export function inShort(outcome: ProduceOutcome): number | string {
  return outcome.ok ? outcome.position.offset : (outcome.error as Error & { code: string }).code;
}

/** Value of a record as text. */
export function text(incoming: IncomingRecord): string {
  return String(incoming.value);
}

/** Reads a partition from its beginning. */
export function readAll(driver: KafkaDriver, topic: string, partition = 0): Collector<IncomingRecord> {
  const records = createCollector<IncomingRecord>();
  driver.openInbox({
    topic,
    partition,
    from: { at: 'time', timestampMs: 0 },
    resumeFromTimeMs: () => 0,
    onRecords: (fetched) => records.add(...fetched.records),
  });
  return records;
}
