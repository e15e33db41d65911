/**
 * What a test file asks for a real Kafka: the one that the whole run shares, or a cluster of its own.
 * Owns the two questions and the rule of KAFKA=required; answers come from global-setup.ts and scripts/kafka.
 * It must not start anything when imported: a file that never asks waits for nothing.
 */
import { inject } from 'vitest';
import { whyNoKafkaCluster } from '../../../scripts/kafka/index.js';
import { kafkaMode } from './kafka-mode.js';
import { askRendezvous } from './rendezvous.js';

/** Brokers to bootstrap from, or one line on why there are none. */
export type RealKafka =
  | { readonly brokers: string[]; readonly unavailable?: undefined }
  | { readonly brokers?: undefined; readonly unavailable: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** The port at which global-setup.ts answers where the shared Kafka is. */
    realKafkaPort: number;
  }
}

let answer: Promise<RealKafka> | undefined;

/**
 * The single-node Kafka that all test files of a run share; resolves when it is ready. Topics and groups need names of
 * their own. Rejects where KAFKA=required and there is none.
 *
 * @example
 * const kafka = await realKafka(); // at the top of the file
 * describe.skipIf(kafka.unavailable)('on real Kafka', () => { connect(kafka.brokers!); });
 */
export async function realKafka(): Promise<RealKafka> {
  answer ??= askRendezvous(sharedPort()) as Promise<RealKafka>;
  const kafka = await answer;
  if (kafka.unavailable !== undefined) failIfRequired(kafka.unavailable);
  return kafka;
}

/**
 * One line on why this file cannot start clusters of its own with `startKafkaCluster`; undefined when it can. Rejects
 * where KAFKA=required and it cannot, unless the run is on KAFKA_BROKERS: those nodes are not the tests' to take down.
 *
 * @example
 * const unavailable = await whyNoOwnCluster();
 * describe.skipIf(unavailable)('a node dies', () => {});
 */
export async function whyNoOwnCluster(): Promise<string | undefined> {
  const reason = await whyNoKafkaCluster();
  if (reason !== undefined && !process.env['KAFKA_BROKERS']) failIfRequired(reason);
  return reason;
}

function sharedPort(): number {
  const port = inject('realKafkaPort');
  if (port !== undefined) return port;
  throw new Error('vitest.config.ts must name test/support/real-kafka/global-setup.ts as globalSetup');
}

function failIfRequired(reason: string): void {
  if (kafkaMode() === 'required') throw new Error(`KAFKA=required, but there is no real Kafka: ${reason}`);
}
