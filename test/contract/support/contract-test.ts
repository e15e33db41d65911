/** Where the tests of the contract run: each on the embedded broker and on real Kafka, but for those that need what only the first can do. */
import { createDevBroker, type DevBroker } from '@trpc-kafka/dev-broker';
import { afterAll, describe, test } from 'vitest';
import { realKafka } from '../../support/real-kafka/real-kafka.ts';

/** Registers a test, by its number and its name. */
type Register<Given> = (name: string, run: (given: Given) => Promise<void>) => void;

/** Registers tests that run on both brokers. */
export interface ContractTest<Given> extends Register<Given> {
  /** For the embedded broker alone: what the test does to its broker cannot be done to a real one that others use. */
  onEmbedded(name: string, run: (given: Given, broker: DevBroker) => Promise<void>): void;
}

/** A real Kafka has fsyncs, elections and neighbours. */
const realTimeoutMs = 60_000;

/**
 * Starts the embedded broker of a test file and asks for the real one. `within` opens what a test begins with, runs it
 * and closes that.
 */
export async function createContractTest<Given>(
  within: (brokers: readonly string[], run: (given: Given) => Promise<void>) => Promise<void>,
): Promise<ContractTest<Given>> {
  const kafka = await realKafka();
  const broker = await createDevBroker();
  afterAll(() => broker.close());

  const onEmbedded: ContractTest<Given>['onEmbedded'] = (name, run) =>
    describe('kafkajs on dev-broker', () => {
      test(name, () => within(broker.brokers, (given) => run(given, broker)));
    });
  const onReal: Register<Given> = (name, run) =>
    describe.skipIf(kafka.unavailable !== undefined)('kafkajs on real Kafka', () => {
      test(name, () => within(kafka.brokers ?? [], run), realTimeoutMs);
    });
  const onBoth: Register<Given> = (name, run) => {
    onEmbedded(name, run);
    onReal(name, run);
  };
  return Object.assign(onBoth, { onEmbedded });
}
