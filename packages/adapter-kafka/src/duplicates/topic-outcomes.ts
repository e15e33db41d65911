/**
 * Outcomes in a topic of the service: written before a caller is answered, partitioned as the calls are, and read by
 * whoever takes over a partition before it runs anything there. So they outlast an instance, and need no other system.
 */
import type { KafkaDriver, TransportLogger } from '@trpc-kafka/core';
import { type RecordBatcher, type SenderHeaders, writeRecord } from '@trpc-kafka/core/internal';
import type { OutcomeMemory } from './outcome.js';
import { createOutcomeReader } from './outcome-reader.js';
import { readOutcomeRecord, toOutcomeRecord } from './outcome-record.js';
import { createOutcomeWindow, type OutcomeWindowOptions } from './outcome-window.js';

/** What an outcomes topic works with. */
export interface TopicOutcomesOptions extends OutcomeWindowOptions {
  readonly driver: Pick<KafkaDriver, 'openFetcher' | 'listOffsets'>;
  readonly batcher: RecordBatcher;
  readonly topic: string;
  readonly partitions: number;
  readonly windowMs: number;
  readonly sender: SenderHeaders;
  readonly logger: TransportLogger;
}

/** Brokers write the times of records, and this instance looks for them by its own clock. */
const clockSkewMs = 60_000;

/** Opens the topic. */
export function createTopicOutcomes(options: TopicOutcomesOptions): OutcomeMemory {
  const { topic, partitions, windowMs, now, sender, batcher } = options;
  const window = createOutcomeWindow(options);
  /** Both topics of calls have partitions of the same numbers. */
  const owners = new Map<number, { count: number; ready: Promise<void> }>();
  const reader = createOutcomeReader({
    driver: options.driver,
    topic,
    logger: options.logger,
    sinceMs: () => now() - windowMs - clockSkewMs,
    onRecord(record) {
      const read = readOutcomeRecord(record);
      if (read !== undefined && read.outcome.expiresAtMs > now()) window.keep(read.identity, read.outcome);
    },
  });
  // Calls may stand in more partitions than their outcomes do.
  const placeOf = (partition: number): number => partition % partitions;

  return {
    find: (identity) => window.find(identity),
    async keep(identity, outcome) {
      const partition = placeOf(identity.partition);
      const record = toOutcomeRecord(identity, outcome, { topic, partition, sender });
      try {
        await writeRecord(batcher, record, 512 + (record.key?.length ?? 0) + (record.value?.length ?? 0));
      } finally {
        // Even if it was not written: this instance knows it.
        window.keep(identity, outcome);
      }
    },
    open(calls) {
      const partition = placeOf(calls);
      const owner = owners.get(partition);
      if (owner === undefined) {
        const ready = reader.open(partition);
        owners.set(partition, { count: 1, ready });
        return ready;
      }
      owner.count++;
      return owner.ready;
    },
    release(calls) {
      const partition = placeOf(calls);
      const owner = owners.get(partition);
      if (owner === undefined || --owner.count > 0) return;
      owners.delete(partition);
      reader.release(partition);
    },
    close: () => reader.close(),
  };
}
