/** What clients and handlers given the same `kafka` share: one driver, one batcher (a driver allows few batches in flight), one directory. */
import { createRecordBatcher, type RecordBatcher } from '../batching/record-batcher.js';
import { acquireDriver, type KafkaSource } from '../driver/driver-lease.js';
import type { KafkaDriver } from '../driver/kafka-driver.js';
import { createPartitionDirectory, type PartitionDirectory } from '../topics/partition-directory.js';

/** What is written with and read from. */
export interface Transport {
  readonly driver: KafkaDriver;
  readonly batcher: RecordBatcher;
  readonly directory: PartitionDirectory;
}

/** A shared transport, held until released. */
export interface TransportLease extends Transport {
  /** Lets go; the last to do so closes the driver, unless it belongs to the user. */
  readonly release: () => Promise<void>;
}

const shared = new WeakMap<KafkaDriver, Transport>();

/** Takes part in the transport over a kafkajs instance or a driver. */
export function acquireTransport(kafka: KafkaSource): TransportLease {
  const { driver, release } = acquireDriver(kafka);
  let parts = shared.get(driver);
  if (parts === undefined) {
    parts = {
      driver,
      batcher: createRecordBatcher({ driver }),
      directory: createPartitionDirectory({ driver, now: Date.now }),
    };
    shared.set(driver, parts);
  }
  return { ...parts, release };
}
