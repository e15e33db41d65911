/**
 * Vitest's globalSetup: one real Kafka for the whole run, taken down at its end.
 * Owns when it is started: at once where it is required or on CI, else when the first test file asks.
 * It must not hold up the run: test files that need it wait for it at their top (real-kafka.ts), others do not.
 */
import type { TestProject } from 'vitest/node';
import { findKafkaSource } from '../../../scripts/kafka/index.js';
import { kafkaMode } from './kafka-mode.js';
import { openRendezvous } from './rendezvous.js';
import { createSharedKafka } from './shared-kafka.js';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const mode = kafkaMode();
  if (mode === 'required') await failEarly();
  const shared = createSharedKafka({ report: (line) => project.vitest.logger.log(line) });
  const rendezvous = await openRendezvous(() => shared.get());
  project.provide('realKafkaPort', rendezvous.port);
  if (mode === 'required' || process.env['CI']) void shared.get();

  return async () => {
    await rendezvous.close();
    const kafka = mode === 'required' ? await shared.get() : undefined;
    await shared.close();
    if (kafka?.unavailable !== undefined) {
      // Vitest prints what a teardown throws, but its exit code is that of the tests.
      process.exitCode = 1;
      throw new Error(`KAFKA=required, but there is no real Kafka: ${kafka.unavailable}`);
    }
  };
}

/** What can be known without starting anything fails the run before any test. */
async function failEarly(): Promise<void> {
  const source = await findKafkaSource();
  if (source.kind === 'none') throw new Error(`KAFKA=required, but there is no real Kafka: ${source.reason}`);
}
