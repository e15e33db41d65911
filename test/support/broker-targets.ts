/** The brokers that tests run on which want one of their own where it costs nothing, as data for `describe.each`. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { realKafka } from './real-kafka/real-kafka.ts';

/** A place to run the cases at. */
export interface Target {
  readonly name: string;
  readonly skip: boolean;
  readonly open: () => Promise<OpenTarget>;
}

/** Brokers that run. */
export interface OpenTarget {
  readonly brokers: readonly string[];
  readonly close: () => Promise<void>;
}

const kafka = await realKafka();

/** An embedded broker for each user, and the real Kafka that the whole run shares. */
export const targets: readonly Target[] = [
  { name: 'dev-broker', skip: false, open: () => createDevBroker() },
  {
    name: 'real Kafka',
    skip: kafka.unavailable !== undefined,
    open: async () => ({ brokers: kafka.brokers ?? [], close: async () => {} }),
  },
];
