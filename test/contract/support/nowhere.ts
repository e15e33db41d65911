/** Brokers that nobody can reach. */
import { Kafka, logLevel } from 'kafkajs';

/** A kafkajs instance that knows of a port only at which nobody listens. */
export function nowhere(): Kafka {
  return new Kafka({
    brokers: ['127.0.0.1:1'],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 500,
    retry: { retries: 0 },
  });
}
