/** A record that is ready but for its partition, which calls without a key get when their batch is formed. */
import type { OutgoingRecord } from '@trpc-kafka/core';
import type { BatchPartitions, PartitionPicker } from '@trpc-kafka/core/internal';

/** A record ready to be written. */
export interface PreparedRecord {
  readonly topic: string;
  readonly partition: number | PartitionPicker;
  readonly key: string | null;
  readonly value: string | Buffer;
  /** Estimated size on the wire. */
  readonly bytes: number;
  readonly headers: Record<string, string>;
}

/** The record with its partition. */
export function toOutgoing(record: PreparedRecord, batch: BatchPartitions): OutgoingRecord {
  const { topic, partition, key, value, headers } = record;
  return {
    topic,
    partition: typeof partition === 'number' ? partition : batch.partitionFor(partition),
    key,
    value,
    headers,
  };
}
