/** One embedded broker for all tests of a file, and the real Kafka that the whole run shares. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll } from 'vitest';
import { realKafka } from './real-kafka/real-kafka.ts';

/** Brokers that run. */
export interface SharedBrokers {
  readonly name: string;
  readonly skip: boolean;
  readonly brokers: readonly string[];
}

/** Starts what is embedded, closes it behind the last test of the file, and asks for the real one. */
export async function sharedBrokers(): Promise<readonly [embedded: SharedBrokers, real: SharedBrokers]> {
  const kafka = await realKafka();
  const devBroker = await createDevBroker();
  afterAll(() => devBroker.close());
  return [
    { name: 'dev-broker', skip: false, brokers: devBroker.brokers },
    { name: 'real Kafka', skip: kafka.unavailable !== undefined, brokers: kafka.brokers ?? [] },
  ];
}
