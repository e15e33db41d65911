/** Every case over kafkajs on every broker: the embedded one always, real Kafka where it can be had. */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll } from 'vitest';
import { isFullMatrix } from '../support/full-matrix.ts';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { runConformance } from './run-conformance.ts';

const kafka = await realKafka();
const devBroker = await createDevBroker();
afterAll(() => devBroker.close());

const onDevBroker = {
  skip: false,
  brokers: devBroker.brokers,
  isDevBroker: true,
  driver: 'kafkajs',
} as const;

runConformance({ ...onDevBroker, name: 'kafkajs on dev-broker', link: 'kafkaLink' });
runConformance({
  name: 'kafkajs on real Kafka',
  skip: kafka.unavailable !== undefined,
  brokers: kafka.brokers ?? [],
  isDevBroker: false,
  link: 'kafkaLink',
  driver: 'kafkajs',
});
// Whoever changes the link must not notice, whatever he relies on.
if (isFullMatrix)
  runConformance({ ...onDevBroker, name: 'kafkaBatchLink on dev-broker', link: 'kafkaBatchLink' });
