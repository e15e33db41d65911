import { createDevBroker } from '@trpc-kafka/dev-broker';
import { Kafka, logLevel } from 'kafkajs';

/** Brokers for the demo. */
export interface FoundBrokers extends AsyncDisposable {
  readonly addresses: readonly string[];
  readonly description: string;
}

/** Those of `KAFKA_BROKERS`, or an embedded one. Rejects with a sentence when none of those named answers. */
export async function findBrokers(given: string | undefined): Promise<FoundBrokers> {
  if (given === undefined) {
    const broker = await createDevBroker();
    return {
      addresses: broker.brokers,
      description: 'an embedded one',
      [Symbol.asyncDispose]: () => broker.close(),
    };
  }
  const brokers = given.split(',');
  const retry = { retries: 1 };
  const admin = new Kafka({ brokers, connectionTimeout: 3_000, retry, logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
  } catch (cause) {
    throw new Error(`no broker of KAFKA_BROKERS=${given} answers`, { cause });
  } finally {
    await admin.disconnect();
  }
  return {
    addresses: brokers,
    description: `${given}, from KAFKA_BROKERS`,
    async [Symbol.asyncDispose]() {},
  };
}
