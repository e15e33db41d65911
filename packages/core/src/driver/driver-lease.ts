/** Shares one driver among all clients and handlers that were given the same kafkajs instance. */
import type { Kafka } from 'kafkajs';
import type { KafkaDriver } from './kafka-driver.js';
import { createKafkajsDriver } from './kafkajs/kafkajs-driver.js';

/** The user's own kafkajs instance, or a driver. */
export type KafkaSource = Kafka | KafkaDriver;

/** A driver, held until released. */
export interface DriverLease {
  readonly driver: KafkaDriver;
  /**
   * Lets go. The last to do so closes the driver, unless the user made it: then closing it is theirs, and it is asked to
   * disconnect until it is used again.
   */
  readonly release: () => Promise<void>;
}

interface SharedDriver {
  readonly driver: KafkaDriver;
  holders: number;
}

const shared = new WeakMap<Kafka, SharedDriver>();
/** How many hold a driver of the user's. */
const holders = new WeakMap<KafkaDriver, number>();

/** Takes part in the driver of a kafkajs instance, making it for the first; a driver of the user's is used as it is. */
export function acquireDriver(kafka: KafkaSource): DriverLease {
  if (isDriver(kafka)) return holdOwnDriver(kafka);
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

function holdOwnDriver(driver: KafkaDriver): DriverLease {
  const count = (change: number): number => {
    const now = (holders.get(driver) ?? 0) + change;
    holders.set(driver, now);
    return now;
  };
  let held = true;
  count(1);
  return {
    driver,
    async release() {
      if (!held) return;
      held = false;
      if (count(-1) === 0) driver.disconnect?.();
    },
  };
}

function isDriver(kafka: KafkaSource): kafka is KafkaDriver {
  return 'openInbox' in kafka;
}
