/** The drivers that trpc-kafka is compared on. Each is loaded only where it is used. */
import type { KafkaDriver } from '@trpc-kafka/core';
import type { ContestantSetting } from './contestant.ts';

type CreateDriver = (setting: Pick<ContestantSetting, 'brokers' | 'name'>) => Promise<KafkaDriver>;

/** All of them, by the name that `--driver` takes. */
export const drivers = {
  async kafkajs({ brokers, name }) {
    const [{ createKafkajsDriver }, { Kafka, logLevel }] = await Promise.all([
      import('@trpc-kafka/core'),
      import('kafkajs'),
    ]);
    return createKafkajsDriver(
      new Kafka({ brokers: [...brokers], clientId: name, logLevel: logLevel.NOTHING }),
    );
  },
  async platformatic({ brokers, name }) {
    const { createPlatformaticDriver } = await import('@trpc-kafka/core/platformatic');
    return createPlatformaticDriver({ bootstrapBrokers: [...brokers], clientId: name });
  },
} as const satisfies Readonly<Record<string, CreateDriver>>;

/** The name of one. */
export type DriverName = keyof typeof drivers;

export const driverNames = Object.keys(drivers) as readonly DriverName[];
