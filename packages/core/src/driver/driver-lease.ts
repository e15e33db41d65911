/** Shares one driver among all clients and handlers that were given the same kafkajs instance. */
import type { Kafka } from 'kafkajs';
import type { KafkaDriver } from './kafka-driver.js';
import { createKafkajsDriver } from './kafkajs/kafkajs-driver.js';

/** The user's own kafkajs instance, or a driver. */
export type KafkaSource = Kafka | KafkaDriver;

/** A driver, held until released. */
export interface DriverLease {
  readonly driver: KafkaDriver;
  /** Lets go. The last to do so closes the driver, unless the user made it: then closing it is theirs. */
  readonly release: () => Promise<void>;
}

interface SharedDriver {
  readonly driver: KafkaDriver;
  holders: number;
}

const shared = new WeakMap<Kafka, SharedDriver>();

/** Takes part in the driver of a kafkajs instance, making it for the first; a driver of the user's is used as it is. */
export function acquireDriver(kafka: KafkaSource): DriverLease {
  if (isDriver(kafka)) return { driver: kafka, release: async () => {} };
  let entry = shared.get(kafka);
  if (entry === undefined) {
    entry = { driver: createKafkajsDriver(kafka), holders: 0 };
    shared.set(kafka, entry);
  }
  return holdDriver(kafka, entry);
}

function holdDriver(kafka: Kafka, entry: SharedDriver): DriverLease {
  entry.holders++;
  let held = true;
  return {
    driver: entry.driver,
    async release() {
      if (!held) return;
      held = false;
      if (--entry.holders > 0) return;
      shared.delete(kafka);
      await entry.driver.close();
    },
  };
}

function isDriver(kafka: KafkaSource): kafka is KafkaDriver {
  return 'openInbox' in kafka;
}
