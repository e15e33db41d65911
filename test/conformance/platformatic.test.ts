/**
 * Every case over @platformatic/kafka: on the embedded broker always, on real Kafka in the full matrix, of which a plain run
 * has what a broker has the largest part in.
 */
import { createDevBroker } from '@trpc-kafka/dev-broker';
import { afterAll } from 'vitest';
import { isFullMatrix } from '../support/full-matrix.ts';
import { realKafka } from '../support/real-kafka/real-kafka.ts';
import { runConformance } from './run-conformance.ts';

const kafka = await realKafka();
const devBroker = await createDevBroker();
afterAll(() => devBroker.close());

const core = ['calls', 'errors', 'cancel', 'streams', 'one-way'];

runConformance({
  name: 'platformatic on dev-broker',
  skip: false,
  brokers: devBroker.brokers,
  isDevBroker: true,
  link: 'kafkaLink',
  driver: 'platformatic',
});
runConformance({
  name: 'platformatic on real Kafka',
  skip: kafka.unavailable !== undefined,
  brokers: kafka.brokers ?? [],
  isDevBroker: false,
  link: 'kafkaLink',
  driver: 'platformatic',
  ...(isFullMatrix ? {} : { themes: core }),
});
